"""What commands cost with all that they start, down to the programs in sandboxes."""

import ctypes
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

from measure import processor

SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER


class Cost:
    """What commands cost that are run one after the other, or some at a time: by the clock, of the processor, and memory.

    Time of the processor is that of everything they started, down to the programs in the sandboxes: this process adopts
    those whose parents have gone (`PR_SET_CHILD_SUBREAPER`), and waits for them (`RUSAGE_CHILDREN`). Memory is the sum over
    all of these processes, and what several share is counted once (the proportional set size). It is looked at twice a
    second, and its largest value counts.
    """

    def __init__(self, commands, at_a_time=1):
        adopt_orphans()
        before, start = processor(), time.monotonic()
        self.memory, is_over = 0, threading.Event()
        watch = threading.Thread(target=self.watch, args=[is_over], daemon=True)
        watch.start()
        try:
            run_all(list(commands), at_a_time)
        finally:
            self.wall = time.monotonic() - start
            is_over.set()
        watch.join()
        wait_for_orphans()
        self.processor = processor() - before

    def watch(self, is_over):
        while not is_over.wait(0.5):
            self.memory = max(self.memory, memory_of_children())

    def __str__(self):
        return f"{self.wall:7.1f} s by the clock, {self.processor:7.1f} s of processor, at most {self.memory / 1024:5.0f} MiB"


def adopt_orphans():
    """Makes this process the parent of those whose parents have gone."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(SUBREAPER, 1, 0, 0, 0) != 0:
        sys.exit(f"expected to adopt the processes of sandboxes, found {os.strerror(ctypes.get_errno())}; this needs Linux")


def run_all(waiting, at_a_time):
    """Runs commands, each with the options of its process, some at a time."""
    running = {}
    while waiting or running:
        while waiting and len(running) < at_a_time:
            command, options = waiting.pop(0)
            output = tempfile.TemporaryFile("w+")
            process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, **options)
            running[process.pid] = (process, command, output)
        ended, status = os.waitpid(-1, 0)
        if ended in running:
            process, command, output = running.pop(ended)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode != 0:
                output.seek(0)
                words = " ".join(map(str, command))
                sys.exit(f"`{words}`: expected it to succeed, found exit status {process.returncode}:\n{output.read()[-3000:]}")


def wait_for_orphans():
    """Waits for all processes that were adopted, so that their time counts."""
    try:
        while True:
            os.waitpid(-1, 0)
    except ChildProcessError:
        pass  # none is left


def memory_of_children():
    """The memory of all processes that this one started, in KiB."""
    parents, total = {}, 0
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            fields = (process / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(process.name))
    waiting = list(parents.get(os.getpid(), []))
    while waiting:
        process = waiting.pop()
        waiting += parents.get(process, [])
        try:
            rollup = pathlib.Path(f"/proc/{process}/smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total
