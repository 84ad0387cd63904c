//! The filter of system calls.
//!
//! A worker only computes, so it may make few calls, and every other fails with "operation not permitted": even if a
//! namespace leaked, it could open no socket, start no process and send no signal to others.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The system calls that are let through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SyscallFilter {
    /// All.
    #[default]
    None,
    /// All but those that no compiler needs.
    Compiler,
    /// Those that a computation needs.
    Worker,
}

/// A reason for which there is no filter.
#[derive(Debug, Error)]
pub(crate) enum FilterError {
    #[error("no filter of system calls: {0}")]
    Apply(seccompiler::Error),
    #[error("no filter of system calls: {0}")]
    Build(seccompiler::BackendError),
}

/// System calls of a computation: memory, threads, clocks, its pipes, and its end.
const WORKER: &[c_long] = &[
    libc::SYS_brk,
    libc::SYS_clock_getres,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_clone3, // answered by the filter below
    libc::SYS_close,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_execve, // nothing else is there to be executed
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_faccessat,
    libc::SYS_fcntl,
    libc::SYS_fstat,
    libc::SYS_futex,
    libc::SYS_getcwd,
    libc::SYS_getegid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_gettid,
    libc::SYS_getuid,
    libc::SYS_lseek,
    libc::SYS_madvise,
    libc::SYS_membarrier,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_newfstatat,
    libc::SYS_openat,
    libc::SYS_ppoll,
    libc::SYS_prctl,
    libc::SYS_pread64,
    libc::SYS_prlimit64,
    libc::SYS_read,
    libc::SYS_readlinkat,
    libc::SYS_readv,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_set_robust_list,
    libc::SYS_set_tid_address,
    libc::SYS_setgid, // becoming another user, in root's sandboxes; nobody else may
    libc::SYS_setgroups,
    libc::SYS_setuid,
    libc::SYS_sigaltstack,
    libc::SYS_statx,
    libc::SYS_tgkill, // how `abort` ends
    libc::SYS_uname,
    libc::SYS_write,
    libc::SYS_writev,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_access,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_arch_prctl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_dup2,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_poll,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_readlink,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_stat,
];

/// System calls that no compiler needs, and that have helped to break out of sandboxes.
const NOT_FOR_COMPILERS: &[c_long] = &[
    libc::SYS_add_key,
    libc::SYS_bpf,
    libc::SYS_fsopen,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_io_uring_setup,
    libc::SYS_kexec_load,
    libc::SYS_keyctl,
    libc::SYS_mount,
    libc::SYS_move_mount,
    libc::SYS_open_by_handle_at,
    libc::SYS_perf_event_open,
    libc::SYS_pivot_root,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_ptrace,
    libc::SYS_request_key,
    libc::SYS_setns,
    libc::SYS_socket,
    libc::SYS_umount2,
    libc::SYS_unshare,
    libc::SYS_userfaultfd,
];

/// Filters the calls of this process from now on, and of every program that it becomes.
pub(super) fn filter(filter: SyscallFilter) -> Result<(), FilterError> {
    match filter {
        SyscallFilter::None => Ok(()),
        SyscallFilter::Compiler => {
            let rules = NOT_FOR_COMPILERS
                .iter()
                .map(|call| (*call, Vec::new()))
                .collect();
            apply(rules, SeccompAction::Allow, refused(libc::EPERM))
        }
        SyscallFilter::Worker => {
            // The C library asks for threads in a way whose flags a filter cannot see; told that it is not there, it
            // asks in the old way.
            let clone3 = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
            apply(clone3, SeccompAction::Allow, refused(libc::ENOSYS))?;
            let mut rules: Rules = WORKER.iter().map(|call| (*call, Vec::new())).collect();
            rules.insert(libc::SYS_clone, vec![threads_only()?]);
            apply(rules, refused(libc::EPERM), SeccompAction::Allow)
        }
    }
}

type Rules = BTreeMap<c_long, Vec<SeccompRule>>;

fn threads_only() -> Result<SeccompRule, FilterError> {
    let thread = libc::CLONE_THREAD.cast_unsigned().into();
    let is_thread = SeccompCmpOp::MaskedEq(thread);
    SeccompCondition::new(0, SeccompCmpArgLen::Qword, is_thread, thread)
        .and_then(|condition| SeccompRule::new(vec![condition]))
        .map_err(FilterError::Build)
}

fn refused(error: i32) -> SeccompAction {
    SeccompAction::Errno(error.cast_unsigned())
}

fn apply(
    rules: Rules,
    otherwise: SeccompAction,
    matched: SeccompAction,
) -> Result<(), FilterError> {
    let program = TargetArch::try_from(std::env::consts::ARCH)
        .and_then(|architecture| SeccompFilter::new(rules, otherwise, matched, architecture))
        .and_then(BpfProgram::try_from)
        .map_err(FilterError::Build)?;
    seccompiler::apply_filter(&program).map_err(FilterError::Apply)
}
