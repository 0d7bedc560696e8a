import { windowsError } from "../../base/windowsErrors";
import { closeHandle, createFile, createProcess, getLastError, INVALID_HANDLE, resumeThread, terminateProcess } from "./api";
import { environmentBlock } from "./commandLine";
import type { Launch, StreamName } from "./protocol";

const GENERIC_READ = 0x80000000;
const GENERIC_WRITE = 0x40000000;
const READ_ATTRIBUTES = 0x80;
const WRITE_ATTRIBUTES = 0x100;
const SHARE_ALL = 3;
const OPEN_EXISTING = 3;
const USE_STANDARD_HANDLES = 0x100;
const CREATE_SUSPENDED = 0x4;
const UNICODE_ENVIRONMENT = 0x400;
/** A console of its own that is not seen, so that Ctrl+C can be sent to it. */
const CREATE_NO_WINDOW = 0x08000000;

/**
 * Starts a command, and lets it run only when `enter` has put it where it belongs.
 * @param enter gets a handle of it
 * @returns its pid, and a handle that the caller closes
 * @throws Error with a code of Node's
 */
export function start({ file, line, dir, env, streams }: Launch, enter: (process: number) => void): { readonly pid: number; readonly handle: number } {
  const opened: number[] = [];
  try {
    const openOne = (name: StreamName, isInput: boolean): number => {
      const handle = open(name, isInput);
      opened.push(handle);
      return handle;
    };
    const input = openOne(streams[0], true);
    const output = openOne(streams[1], false);
    const errors = streams[2] === streams[1] ? output : openOne(streams[2], false);
    const startup = Buffer.alloc(104); // STARTUPINFOW
    startup.writeUInt32LE(startup.length, 0);
    startup.writeUInt32LE(USE_STANDARD_HANDLES, 60);
    [input, output, errors].forEach((handle, fd) => startup.writeBigInt64LE(BigInt(handle), 80 + 8 * fd));
    const information = Buffer.alloc(24); // PROCESS_INFORMATION
    const environment = Buffer.from(environmentBlock(env, process.env), "utf16le");
    const flags = CREATE_SUSPENDED | CREATE_NO_WINDOW | UNICODE_ENVIRONMENT;
    if (createProcess(file, Buffer.from(`${line}\0`, "utf16le"), null, null, 1, flags, environment, dir === "" ? null : dir, startup, information) === 0) throw systemError("CreateProcess");
    return run(Number(information.readBigInt64LE(0)), Number(information.readBigInt64LE(8)), information.readUInt32LE(16), enter);
  } finally {
    opened.forEach((handle) => closeHandle(handle));
  }
}

function run(handle: number, thread: number, pid: number, enter: (process: number) => void): { readonly pid: number; readonly handle: number } {
  try {
    enter(handle);
  } catch (error) {
    // It has not executed anything yet.
    terminateProcess(handle, 1);
    closeHandle(handle);
    closeHandle(thread);
    throw error;
  }
  resumeThread(thread);
  closeHandle(thread);
  return { pid, handle };
}

/** The command's end of a stream, which it inherits. */
function open(name: StreamName, isInput: boolean): number {
  const inherited = Buffer.alloc(24); // SECURITY_ATTRIBUTES
  inherited.writeUInt32LE(inherited.length, 0);
  inherited.writeInt32LE(1, 16);
  const access = (name === null || isInput ? GENERIC_READ | WRITE_ATTRIBUTES : 0) | (name === null || !isInput ? GENERIC_WRITE | READ_ATTRIBUTES : 0);
  const handle = createFile(name ?? "NUL", access >>> 0, name === null ? SHARE_ALL : 0, inherited, OPEN_EXISTING, 0, 0);
  if (handle === INVALID_HANDLE) throw systemError("CreateFile");
  return handle;
}

function systemError(call: string): Error {
  return windowsError(call, getLastError());
}
