import {spawn, spawnSync} from 'node:child_process';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end; one that takes too long is killed. */
export function run(command: string, args: readonly string[], timeoutMs = 60_000): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs, killSignal: 'SIGKILL'});
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({code, stdout, stderr}));
  });
}
/** Runs a command that must succeed. */
export async function mustRun(command: string, args: readonly string[], timeoutMs = 60_000): Promise<string> {
  const {code, stdout, stderr} = await run(command, args, timeoutMs);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${String(code)}: ${stderr.trim()}`);
  return stdout;
}
/** Whether a command works here. */
export function works(command: string, args: readonly string[]): boolean {
  const {status, error} = spawnSync(command, args, {stdio: 'ignore', timeout: 20_000});
  return error === undefined && status === 0;
}
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

export function sleep(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
