// The functions of Windows that the helper calls. A wrong pointer ends the process: so only the helper loads this, never an extension host.

/** HANDLE and pointers into other processes are numbers; what is filled in is a buffer. */
type Callable<A extends readonly unknown[]> = ((...args: A) => number) & { async(...args: [...A, (error: Error | null, result: number) => void]): void };

interface Library {
  func(signature: string): unknown;
}

// eslint-disable-next-line @typescript-eslint/no-require-imports
const koffi = require(`@koromix/koffi-win32-${process.arch}`) as { load(name: string): Library };
const [kernel, nt, ip] = ["kernel32.dll", "ntdll.dll", "iphlpapi.dll"].map((name) => koffi.load(name)) as [Library, Library, Library];

type Handle = number;
type Out = Buffer | null;
type Address = bigint;

function kernelFunction<A extends readonly unknown[]>(signature: string): Callable<A> {
  return kernel.func(signature) as Callable<A>;
}

export const getLastError = kernelFunction<[]>("uint32 __stdcall GetLastError()");
export const closeHandle = kernelFunction<[Handle]>("int __stdcall CloseHandle(intptr h)");
export const createToolhelp32Snapshot = kernelFunction<[flags: number, pid: number]>("intptr __stdcall CreateToolhelp32Snapshot(uint32 flags, uint32 pid)");
export const process32First = kernelFunction<[Handle, Out]>("int __stdcall Process32FirstW(intptr h, void *entry)");
export const process32Next = kernelFunction<[Handle, Out]>("int __stdcall Process32NextW(intptr h, void *entry)");
export const openProcess = kernelFunction<[access: number, inherit: number, pid: number]>("intptr __stdcall OpenProcess(uint32 access, int inherit, uint32 pid)");
export const getProcessTimes = kernelFunction<[Handle, Out, Out, Out, Out]>("int __stdcall GetProcessTimes(intptr h, void *c, void *e, void *k, void *u)");
export const getProcessMemoryInfo = kernelFunction<[Handle, Out, size: number]>("int __stdcall K32GetProcessMemoryInfo(intptr h, void *counters, uint32 n)");
export const getExitCodeProcess = kernelFunction<[Handle, Out]>("int __stdcall GetExitCodeProcess(intptr h, void *code)");
export const waitForSingleObject = kernelFunction<[Handle, ms: number]>("uint32 __stdcall WaitForSingleObject(intptr h, uint32 ms)");
export const terminateProcess = kernelFunction<[Handle, code: number]>("int __stdcall TerminateProcess(intptr h, uint32 code)");
export const getCurrentProcess = kernelFunction<[]>("intptr __stdcall GetCurrentProcess()");
export const readProcessMemory = kernelFunction<[Handle, Address, Out, size: number, Out]>("int __stdcall ReadProcessMemory(intptr h, uintptr address, void *buffer, size_t n, void *got)");
export const createJobObject = kernelFunction<[Out, string | null]>("intptr __stdcall CreateJobObjectW(void *attributes, str16 name)");
export const assignProcessToJobObject = kernelFunction<[job: Handle, process: Handle]>("int __stdcall AssignProcessToJobObject(intptr job, intptr process)");
export const queryInformationJobObject = kernelFunction<[Handle, kind: number, Out, length: number, Out]>("int __stdcall QueryInformationJobObject(intptr job, int kind, void *buffer, uint32 n, void *got)");
export const setInformationJobObject = kernelFunction<[Handle, kind: number, Out, length: number]>("int __stdcall SetInformationJobObject(intptr job, int kind, void *buffer, uint32 n)");
export const terminateJobObject = kernelFunction<[Handle, code: number]>("int __stdcall TerminateJobObject(intptr job, uint32 code)");
export const createIoCompletionPort = kernelFunction<[file: Handle, port: Handle, key: number, threads: number]>("intptr __stdcall CreateIoCompletionPort(intptr file, intptr port, uintptr key, uint32 n)");
export const getQueuedCompletionStatus = kernelFunction<[Handle, Out, Out, Out, ms: number]>("int __stdcall GetQueuedCompletionStatus(intptr port, void *bytes, void *key, void *overlapped, uint32 ms)");
export const createFile = kernelFunction<[string, access: number, share: number, Out, disposition: number, flags: number, Handle]>("intptr __stdcall CreateFileW(str16 name, uint32 access, uint32 share, void *attributes, uint32 disposition, uint32 flags, intptr template)");
export const createProcess = kernelFunction<[string, line: Buffer, Out, Out, inherit: number, flags: number, environment: Buffer, dir: string | null, startup: Buffer, information: Buffer]>(
  "int __stdcall CreateProcessW(str16 file, void *line, void *pa, void *ta, int inherit, uint32 flags, void *environment, str16 dir, void *startup, void *information)",
);
export const resumeThread = kernelFunction<[Handle]>("uint32 __stdcall ResumeThread(intptr h)");
export const freeConsole = kernelFunction<[]>("int __stdcall FreeConsole()");
export const attachConsole = kernelFunction<[pid: number]>("int __stdcall AttachConsole(uint32 pid)");
export const getConsoleProcessList = kernelFunction<[Out, count: number]>("uint32 __stdcall GetConsoleProcessList(void *list, uint32 n)");
export const setConsoleCtrlHandler = kernelFunction<[handler: number, add: number]>("int __stdcall SetConsoleCtrlHandler(intptr handler, int add)");
export const generateConsoleCtrlEvent = kernelFunction<[event: number, group: number]>("int __stdcall GenerateConsoleCtrlEvent(uint32 event, uint32 group)");
export const ntQueryInformationProcess = nt.func("int32 __stdcall NtQueryInformationProcess(intptr h, int kind, void *buffer, uint32 n, void *got)") as Callable<[Handle, number, Out, number, Out]>;
export const getExtendedTcpTable = ip.func("uint32 __stdcall GetExtendedTcpTable(void *buffer, void *size, int order, uint32 family, int kind, uint32 reserved)") as Callable<[Out, Out, number, number, number, number]>;

export const INVALID_HANDLE = -1;

/** Opens a process for the time of an act. @returns undefined where it is gone, or may not be opened like this */
export function withProcess<T>(pid: number, access: number, act: (handle: Handle) => T): T | undefined {
  const handle = openProcess(access, 0, pid);
  if (handle === 0) return undefined;
  try {
    return act(handle);
  } finally {
    closeHandle(handle);
  }
}
