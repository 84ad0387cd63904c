//! A cluster on this machine: its daemons are children of the test, and their state is in a temporary folder.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::class::said;

/// Programs that a cluster consists of.
const PROGRAMS: [&str; 8] = [
    "munged",
    "slurmctld",
    "slurmd",
    "sbatch",
    "squeue",
    "scontrol",
    "unshare",
    "bwrap",
];

/// The longest that a daemon may need to start.
const PATIENCE: Duration = Duration::from_secs(30);

/// A partition with its nodes, and what a shell does in a node's namespaces before the node starts.
pub(crate) struct Partition<'a> {
    pub(crate) name: &'a str,
    pub(crate) nodes: &'a [&'a str],
    pub(crate) prepare: String,
}

/// A cluster.
pub(crate) struct Cluster {
    folder: TempDir,
    daemons: Vec<(String, Child)>,
}

impl Cluster {
    /// Starts a cluster. The first partition is the one that is used unless a job names another.
    pub(crate) fn start(partitions: &[Partition<'_>]) -> Self {
        ensure_programs();
        let folder = tempfile::tempdir().expect("a folder");
        let mut cluster = Self {
            folder,
            daemons: Vec::new(),
        };
        let conf = cluster.conf();
        fs::write(&conf, cluster.configuration(partitions)).expect("it can be written");
        fs::create_dir(cluster.path("state")).expect("it can be made");
        cluster.start_munged();
        let mut controller = Command::new("slurmctld");
        controller.arg("-D").arg("-f").arg(&conf);
        cluster.spawn("slurmctld", controller);
        let mut nodes = 0;
        for partition in partitions {
            for node in partition.nodes {
                cluster.start_node(node, &partition.prepare);
                nodes += 1;
            }
        }
        cluster.wait_until("all nodes to be idle", |cluster| {
            let mut sinfo = cluster.command("sinfo");
            let idle = sinfo.args(["--noheader", "--Node", "--states=idle", "--format=%N"]);
            let output = idle.output().expect("it runs");
            String::from_utf8_lossy(&output.stdout).lines().count() == nodes
        });
        cluster
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn conf(&self) -> PathBuf {
        self.path("slurm.conf")
    }

    fn configuration(&self, partitions: &[Partition<'_>]) -> String {
        let folder = self.folder.path().display();
        let mut text = format!(
            "ClusterName=test\nSlurmctldHost=localhost\nSlurmctldPort={}\nSlurmUser=root\nSlurmdUser=root\n\
             AuthType=auth/munge\nAuthInfo=socket={folder}/munge.socket\nStateSaveLocation={folder}/state\n\
             SlurmdSpoolDir={folder}/spool-%n\nSlurmctldPidFile={folder}/slurmctld.pid\n\
             SlurmdPidFile={folder}/slurmd-%n.pid\nProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\n\
             SelectType=select/cons_tres\nSelectTypeParameters=CR_Core_Memory\nReturnToService=2\nMpiDefault=none\n\
             SlurmdParameters=config_overrides\nKillWait=2\n\
             SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1\n",
            free_port()
        );
        for (number, partition) in partitions.iter().enumerate() {
            for node in partition.nodes {
                text += &format!(
                    "NodeName={node} NodeHostname=localhost Port={} CPUs=1 RealMemory=8000\n",
                    free_port()
                );
            }
            let default = if number == 0 { "YES" } else { "NO" };
            text += &format!(
                "PartitionName={} Nodes={} Default={default} MaxTime=INFINITE State=UP\n",
                partition.name,
                partition.nodes.join(",")
            );
        }
        text
    }

    fn start_munged(&mut self) {
        let key = self.path("munge.key");
        // Of 128 bytes; nobody else is to be kept out of a test.
        fs::write(&key, [7; 128]).expect("it can be written");
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("it can be changed");
        let mut munged = Command::new("munged");
        munged.arg("--foreground");
        for (option, file) in [
            ("--key-file", "munge.key"),
            ("--socket", "munge.socket"),
            ("--pid-file", "munged.pid"),
            ("--log-file", "munged.log"),
            ("--seed-file", "munge.seed"),
        ] {
            munged.arg(option).arg(self.path(file));
        }
        self.spawn("munged", munged);
        self.wait_until("munged's socket", |cluster| {
            cluster.path("munge.socket").exists()
        });
    }

    /// Starts a node. When the process that is stored for it ends, so does everything on the node, at once.
    fn start_node(&mut self, node: &str, prepare: &str) {
        let mut unshare = Command::new("unshare");
        unshare.args(["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]);
        let start = format!("{prepare} exec slurmd -D -N {node} -f \"$1\"");
        unshare.args(["sh", "-ec", &start, "sh"]).arg(self.conf());
        self.spawn(node, unshare);
    }

    fn spawn(&mut self, name: &str, mut command: Command) {
        let log = fs::File::create(self.path(&format!("{name}.out"))).expect("it can be made");
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("it can be shared"))
            .stderr(log)
            .spawn();
        let child = child.unwrap_or_else(|error| panic!("{name}: {error}"));
        self.daemons.push((name.to_owned(), child));
    }

    #[track_caller]
    fn wait_until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        wait_until(PATIENCE, &format!("{what}; {}", self.logs()), || {
            is_so(self)
        });
    }

    /// Returns all that the daemons have printed.
    fn logs(&self) -> String {
        let mut text = String::new();
        for (name, _) in &self.daemons {
            let log = fs::read_to_string(self.path(&format!("{name}.out"))).unwrap_or_default();
            text += &format!("\n== {name}\n{log}");
        }
        text
    }

    /// Makes a command of this cluster.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        self.add_to(&mut command);
        command
    }

    /// Has a command use this cluster.
    pub(crate) fn add_to(&self, command: &mut Command) {
        command.env("SLURM_CONF", self.conf());
    }

    /// Kills a node with all that runs on it, and has Slurm know it, which would otherwise need minutes.
    pub(crate) fn kill_node(&mut self, node: &str) {
        let daemon = self.daemons.iter_mut().find(|(name, _)| name == node);
        end(&mut daemon.expect("there is this node").1);
        let name = format!("NodeName={node}");
        let mut down = self.command("scontrol");
        down.args(["update", &name, "State=DOWN", "Reason=killed"]);
        run(down);
    }
}

impl Cluster {
    /// Has a job that was lost with its node start again at once. By itself Slurm waits for two minutes.
    pub(crate) fn start_again(&self, job: &str) {
        self.wait_until("the lost job to be pending", |cluster| {
            let mut squeue = cluster.command("squeue");
            squeue.args(["--array", "--noheader", "--format=%T", "--jobs", job]);
            run(squeue).stdout.starts_with(b"PENDING")
        });
        let mut update = self.command("scontrol");
        update.args(["update", &format!("JobId={job}"), "StartTime=now"]);
        run(update);
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Nodes first, so that none of them looks for a controller.
        for (_, daemon) in self.daemons.iter_mut().rev() {
            end(daemon);
        }
    }
}

fn end(daemon: &mut Child) {
    // It may have ended by itself.
    let _ = daemon.kill();
    let _ = daemon.wait();
}

/// Runs a command that has to succeed.
pub(crate) fn run(mut command: Command) -> Output {
    let output = command.output().expect("it runs");
    assert!(output.status.success(), "{command:?}: {}", said(&output));
    output
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn wait_until(patience: Duration, what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < patience, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// Returns the path of a program.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders = std::env::split_paths(&path);
    // Where ordinary users do not look.
    let all = folders.chain([PathBuf::from("/usr/sbin")]);
    all.map(|folder| folder.join(name))
        .find(|path| is_file(path))
}

fn is_file(path: &Path) -> bool {
    path.is_file()
}

fn ensure_programs() {
    let missing: Vec<&str> = PROGRAMS
        .into_iter()
        .filter(|name| find_program(name).is_none())
        .collect();
    assert!(
        missing.is_empty(),
        "expected {}, found none of them; Debian: apt install slurmctld slurmd slurm-client munge util-linux bubblewrap",
        missing.join(", ")
    );
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
    listener.local_addr().expect("it has an address").port()
}
