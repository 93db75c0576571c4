/** How C's programs name a signal that ended a process; seen in their logs. */
const words: Readonly<Record<number, string>> = {
  4: 'SIGILL - Illegal instruction',
  5: 'SIGTRAP - Trace',
  6: 'SIGABRT - Abort',
  7: 'SIGBUS - BUS error',
  8: 'SIGFPE - Floating-point exception',
  9: 'SIGKILL - Kill, unblockable',
  10: 'SIGUSR1 - User-defined signal 1',
  11: 'SIGSEGV - Segmentation violation',
  12: 'SIGUSR2 - User-defined signal 2',
  13: 'SIGPIPE - Broken pipe (POSIX)',
  15: 'SIGTERM - Termination (ANSI)',
  16: 'SIGSTKFLT - Stack fault',
  24: 'SIGXCPU - CPU limit exceeded',
  25: 'SIGXFSZ - File size limit exceeded',
  26: 'SIGVTALRM - Virtual alarm clock',
  27: 'SIGPROF - Profiling alarm clock',
  29: 'SIGPOLL - Pollable event occurred',
  30: 'SIGPWR - Power failure restart',
  31: 'SIGSYS - Bad system call',
};

/** Name and meaning of a signal by its number; the bare `name` where C's words are not known. */
export const signalWords = (number: number, name: string): string => words[number] ?? name;
