"""The filter of system calls (seccomp(2)): an allow-list, put together here for the machine it runs on.

What is not listed does not exist (ENOSYS), so that libraries fall back to something older. What is known to be
dangerous is refused with EPERM, so that a program that tries it gets a clear error. A call of another architecture ends
the process.
"""

from __future__ import annotations

import ctypes
import errno
import struct
from typing import Final

from cloister._internal.linux import PR_SET_NO_NEW_PRIVS, SetupError, architecture, call, prctl
from cloister._internal.syscalls import NUMBERS

__all__ = ["close_setup_calls", "confine", "program"]

_ALLOWED: Final = """
read write open close stat fstat lstat poll lseek mprotect munmap brk rt_sigaction rt_sigprocmask rt_sigreturn
pread64 pwrite64 readv writev access pipe select sched_yield mremap msync madvise dup dup2 pause nanosleep getitimer
alarm setitimer getpid sendfile sendto recvfrom recvmsg shutdown getsockname getsockopt
exit wait4 kill uname fcntl flock fsync fdatasync truncate ftruncate getdents getcwd chdir fchdir rename mkdir rmdir
creat link unlink symlink readlink chmod fchmod umask gettimeofday getrlimit getrusage sysinfo times getuid getgid
geteuid getegid setpgid getppid getpgrp setsid getgroups getresuid getresgid getpgid getsid rt_sigpending
rt_sigtimedwait rt_sigsuspend sigaltstack statfs fstatfs getpriority sched_getparam sched_getscheduler
sched_get_priority_max sched_get_priority_min gettid readahead time futex sched_getaffinity epoll_create getdents64
set_tid_address restart_syscall fadvise64 timer_create timer_settime timer_gettime timer_getoverrun timer_delete
clock_gettime clock_getres clock_nanosleep exit_group epoll_wait epoll_ctl tgkill tkill utimes utime waitid openat
mkdirat newfstatat unlinkat renameat linkat symlinkat readlinkat fchmodat faccessat pselect6 ppoll set_robust_list
get_robust_list utimensat epoll_pwait signalfd timerfd_create eventfd fallocate timerfd_settime timerfd_gettime
signalfd4 eventfd2 epoll_create1 dup3 pipe2 preadv pwritev preadv2 pwritev2 renameat2 getrandom membarrier
copy_file_range statx rseq close_range faccessat2 epoll_pwait2 futex_waitv getcpu setrlimit
""".split()

# Of these, sendmsg because it can put a connection into another one's queue, where it stays open when every process has
# ended: the agent would wait for its end. Nothing else that is allowed keeps a file open that no process has.
_REFUSED: Final = """
execve execveat ptrace process_vm_readv process_vm_writev process_madvise unshare setns mount umount2 pivot_root chroot
open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr keyctl add_key request_key bpf perf_event_open
userfaultfd io_uring_setup io_uring_enter io_uring_register kexec_load kexec_file_load init_module finit_module
delete_module sendmsg socket connect bind listen accept accept4 setsockopt getpeername setuid setgid setreuid setregid
setresuid setresgid setgroups setfsuid setfsgid capset pidfd_open pidfd_getfd pidfd_send_signal memfd_secret shmget shmat
shmctl semget msgget mq_open personality reboot sethostname setdomainname swapon swapoff acct quotactl settimeofday clock_settime
adjtimex clock_adjtime open_by_handle_at name_to_handle_at fanotify_init sched_setaffinity sched_setscheduler
sched_setattr setpriority ioprio_set iopl ioperm modify_ldt mknod mknodat chown fchown lchown fchownat mlock mlock2
mlockall vmsplice splice tee syslog vhangup move_pages mbind migrate_pages set_mempolicy kcmp rt_sigqueueinfo
""".split()

# shutil copies extended attributes where it can and knows by this error where it cannot.
_UNSUPPORTED: Final = """
setxattr lsetxattr fsetxattr getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr removexattr lremovexattr
fremovexattr
""".split()

_SETUP_CALLS: Final = ("memfd_create", "seccomp")

_LOAD_WORD: Final = 0x20
_JUMP_EQUAL: Final = 0x15
_JUMP_SET: Final = 0x45
_RETURN: Final = 0x06
_KILL_PROCESS: Final = 0x80000000
_ALLOW: Final = 0x7FFF0000
_ERRNO: Final = 0x00050000
_OFFSET_NUMBER: Final = 0
_OFFSET_ARCHITECTURE: Final = 4
_AUDIT_ARCHITECTURES: Final = (0xC000003E, 0xC00000B7)
_X32_BIT: Final = 0x40000000

_SET_MODE_FILTER: Final = 1
_FLAG_TSYNC: Final = 1

_CLONE_THREAD: Final = 0x00010000
# Every CLONE_NEW* flag of clone(2); CLONE_NEWTIME is one of clone3 only.
_CLONE_NEW_ANYTHING: Final = 0x7E020000
_AF_UNIX: Final = 1
_MAP_SHARED: Final = 0x01  # a bit of MAP_SHARED_VALIDATE as well
_MAP_ANONYMOUS: Final = 0x20
_PRCTL_ALLOWED: Final = (3, 15, 16, 23, 39)  # dumpable? set name, get name, bounding set? no new privileges?
# FIONREAD, FIONBIO, FIOCLEX, FIONCLEX, TCGETS, TIOCGWINSZ
_IOCTL_ALLOWED: Final = (0x541B, 0x5421, 0x5451, 0x5450, 0x5401, 0x5413)

_Instruction = tuple[int, int, int, int]


def _argument(index: int) -> int:
    return 16 + 8 * index  # the low half: both machines are little-endian


def _refuse(error: int) -> _Instruction:
    return (_RETURN, 0, 0, _ERRNO | error)


def _check(number: int, body: list[_Instruction]) -> list[_Instruction]:
    """``body`` for one system call; it must return or fall through to a refusal at its end."""
    return [(_JUMP_EQUAL, 0, len(body), number), *body]


def _one_of(argument: int, values: tuple[int, ...], error: int) -> list[_Instruction]:
    body: list[_Instruction] = [(_LOAD_WORD, 0, 0, _argument(argument))]
    for value in values:
        body += [(_JUMP_EQUAL, 0, 1, value), (_RETURN, 0, 0, _ALLOW)]
    return [*body, _refuse(error)]


def _clone(fork_allowed: bool) -> list[_Instruction]:
    """Threads always; processes if allowed; namespaces never."""
    body: list[_Instruction] = [
        (_LOAD_WORD, 0, 0, _argument(0)),
        (_JUMP_SET, 0, 1, _CLONE_NEW_ANYTHING),
        _refuse(errno.EPERM),
    ]
    if not fork_allowed:
        body += [(_JUMP_SET, 1, 0, _CLONE_THREAD), _refuse(errno.EPERM)]
    return [*body, (_RETURN, 0, 0, _ALLOW)]


def _mmap() -> list[_Instruction]:
    """Any but shared memory without a file.

    It lives in a file of the kernel's that no figure of a process shows whole, and stays whole while one page of it is
    mapped: neither RLIMIT_AS nor the watchdog would count it.
    """
    return [
        (_LOAD_WORD, 0, 0, _argument(3)),
        (_JUMP_SET, 0, 2, _MAP_ANONYMOUS),
        (_JUMP_SET, 0, 1, _MAP_SHARED),
        _refuse(errno.EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]


def program(column: int, fork_allowed: bool) -> bytes:
    """The filter as BPF for the machine of ``column`` in the table of system calls."""

    def number(name: str) -> int | None:
        return NUMBERS[name][column]

    code: list[_Instruction] = [
        (_LOAD_WORD, 0, 0, _OFFSET_ARCHITECTURE),
        (_JUMP_EQUAL, 1, 0, _AUDIT_ARCHITECTURES[column]),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD_WORD, 0, 0, _OFFSET_NUMBER),
    ]
    if column == 0:
        code += [(_JUMP_SET, 0, 1, _X32_BIT), (_RETURN, 0, 0, _KILL_PROCESS)]

    def each(names: list[str], answer: _Instruction) -> None:
        for name in names:
            value = number(name)
            if value is not None:
                code.extend(_check(value, [answer]))

    each(_ALLOWED, (_RETURN, 0, 0, _ALLOW))
    each(list(_SETUP_CALLS), (_RETURN, 0, 0, _ALLOW))
    each(_REFUSED, _refuse(errno.EPERM))
    each(_UNSUPPORTED, _refuse(errno.ENOTSUP))
    each(["fork", "vfork"], (_RETURN, 0, 0, _ALLOW) if fork_allowed else _refuse(errno.EPERM))
    # Its flags are behind a pointer no filter can follow; libc falls back to clone.
    each(["clone3"], _refuse(errno.ENOSYS))
    for name, body in (
        ("clone", _clone(fork_allowed)),
        ("mmap", _mmap()),
        ("prctl", _one_of(0, _PRCTL_ALLOWED, errno.EPERM)),
        ("ioctl", _one_of(1, _IOCTL_ALLOWED, errno.ENOTTY)),
        ("socketpair", _one_of(0, (_AF_UNIX,), errno.EPERM)),
        ("prlimit64", _one_of(0, (0,), errno.EPERM)),
    ):
        value = number(name)
        if value is not None:
            code += _check(value, body)
    code.append(_refuse(errno.ENOSYS))
    return _assemble(code)


def _setup_calls_program(column: int) -> bytes:
    code: list[_Instruction] = [(_LOAD_WORD, 0, 0, _OFFSET_NUMBER)]
    for name in _SETUP_CALLS:
        value = NUMBERS[name][column]
        if value is not None:
            code += _check(value, [_refuse(errno.EPERM)])
    return _assemble([*code, (_RETURN, 0, 0, _ALLOW)])


def _assemble(code: list[_Instruction]) -> bytes:
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


def _install(code: bytes) -> None:
    buffer = ctypes.create_string_buffer(code, len(code))
    descriptor = struct.pack("@HxxxxxxQ", len(code) // 8, ctypes.addressof(buffer))
    apart = call(
        "seccomp",
        _SET_MODE_FILTER,
        _FLAG_TSYNC,
        descriptor,
        hint="The kernel must be built with CONFIG_SECCOMP_FILTER",
    )
    if apart:
        # Then no thread has got it (seccomp(2)).
        raise SetupError(f"seccomp: the thread {apart} has a filter of its own")


def confine(fork_allowed: bool) -> None:
    """Puts the calling process under the filter, for good."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    _install(program(architecture(), fork_allowed))


def close_setup_calls() -> None:
    """Refuses the calls that only the loader needs, in every thread there is by now."""
    _install(_setup_calls_program(architecture()))
