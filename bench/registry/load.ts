// Load from outside of Node, which cannot make enough of it: wrk for GET, bombardier for HEAD (wrk waits for the body
// that a HEAD's Content-Length speaks of). Any answer but 2xx, and any broken connection, ends the run.
import { spawn } from 'node:child_process';
import { findProgram } from './program.ts';

export interface Load {
  readonly method: 'GET' | 'HEAD';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly seconds: number;
}

/** The generator that a method needs, where the machine lacks it. */
export function missingGenerator(method: Load['method']): string | undefined {
  const name = method === 'GET' ? 'wrk' : 'bombardier';
  return findProgram(name) === undefined ? name : undefined;
}

/** Answers a second. */
export function drive(load: Load): Promise<number> {
  return load.method === 'GET' ? driveWrk(load) : driveBombardier(load);
}

async function driveWrk({ url, headers, connections, seconds }: Load): Promise<number> {
  const output = await run('wrk', [
    ...['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '--timeout', '60s'],
    ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
    url,
  ]);
  const rate = /^Requests\/sec: +([\d.]+)/m.exec(output)?.[1];
  if (rate === undefined || /Non-2xx|Socket errors/.test(output)) throw new Error(`wrk ${url}:\n${output}`);
  return Number(rate);
}

async function driveBombardier({ method, url, headers, connections, seconds }: Load): Promise<number> {
  const output = await run('bombardier', [
    ...['-m', method, '-c', String(connections), '-d', `${seconds}s`, '-t', '60s', '-p', 'r', '-o', 'json'],
    ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
    url,
  ]);
  const { result } = JSON.parse(output) as {
    result: {
      req2xx: number;
      req3xx: number;
      req4xx: number;
      req5xx: number;
      others: number;
      timeTakenSeconds: number;
    };
  };
  if (result.req3xx + result.req4xx + result.req5xx + result.others > 0)
    throw new Error(`bombardier ${url}:\n${output}`);
  return result.req2xx / result.timeTakenSeconds;
}

async function run(name: string, args: readonly string[]): Promise<string> {
  const child = spawn(findProgram(name) ?? name, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const status = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (status !== 0) throw new Error(`${name} ${args.join(' ')} ended with ${status}:\n${output}`);
  return output;
}
