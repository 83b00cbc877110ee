// The programs of Notary v1, Debian's `notary` package: client, server and signer. Taken from PATH, or from the folder
// of an unpacked package that PLIMSOLL_NOTARY names.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { missingTools, run, until } from './world.ts';

/** The program, or undefined. */
export function findNotary(name: 'notary' | 'notary-server' | 'notary-signer'): string | undefined {
  const folders = [process.env.PLIMSOLL_NOTARY, ...(process.env.PATH ?? '').split(delimiter)];
  return folders
    .flatMap((folder) => (folder === undefined || folder === '' ? [] : join(folder, name)))
    .find((path) => existsSync(path));
}

/** The reason to skip, or undefined where all three are there. */
export function missingNotary(): string | undefined {
  const missing = (['notary', 'notary-server', 'notary-signer'] as const).filter(
    (name) => findNotary(name) === undefined,
  );
  if (missing.length === 0) return missingTools('openssl');
  return `not installed: ${missing.join(', ')} (Debian’s notary package; PLIMSOLL_NOTARY names its folder)`;
}

export interface Answered {
  readonly status: number | null;
  readonly output: string;
}

/** Runs the client with a folder of its own, its keys under one passphrase. */
export async function askNotary(
  url: string,
  folder: string,
  args: readonly string[],
  input = '',
): Promise<Answered> {
  const child = spawn(findNotary('notary') as string, ['-s', url, '-d', folder, ...args], {
    env: {
      ...process.env,
      NOTARY_ROOT_PASSPHRASE: 'passphrase',
      NOTARY_TARGETS_PASSPHRASE: 'passphrase',
      NOTARY_SNAPSHOT_PASSPHRASE: 'passphrase',
      NOTARY_DELEGATION_PASSPHRASE: 'passphrase',
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, output };
}

/** The tags of `notary list`, as `TAG DIGEST SIZE ROLE`, sorted. */
export function readListed(output: string): readonly string[] {
  return [...output.matchAll(/^(\S+) +([0-9a-f]{64}) +(\d+) +(targets\S*)/gm)]
    .map(([, tag, digest, size, role]) => `${tag} ${digest} ${size} ${role}`)
    .sort();
}

export interface Served extends AsyncDisposable {
  readonly url: string;
  /** What is served from now on: bytes by name, as `root`, `1.root`. */
  files: ReadonlyMap<string, Uint8Array>;
}

/** Role files as a Notary v1 server serves them: by name, by version where given so, and by hash. */
export async function serveRoleFiles(gun: string): Promise<Served> {
  const start = `/v2/${gun}/_trust/tuf/`;
  const served = { files: new Map<string, Uint8Array>() as ReadonlyMap<string, Uint8Array> };
  const server = http.createServer((request, response) => {
    const path = request.url ?? '';
    if (path === '/v2/') return void response.end('{}');
    const name = path.startsWith(start) ? path.slice(start.length).replace(/\.json$/, '') : '';
    // By hash whatever is there is served: what the client makes of a wrong file is the question.
    const bytes = served.files.get(name.replace(/\.[0-9a-f]{64}$/, ''));
    if (bytes === undefined)
      return void response.writeHead(404).end('{"errors":[{"code":"METADATA_NOT_FOUND"}]}');
    response.end(bytes);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(served, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  });
}

/** A self-signed certificate and its key in the folder, `NAME.crt` and `NAME.key`. */
export function makeCertificate(folder: string, name: string, extensions: readonly string[] = []): void {
  run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'],
    ...['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.crt`), '-subj', `/CN=${name}`],
    ...extensions.flatMap((one) => ['-addext', one]),
  ]);
}

export interface RunningNotary extends AsyncDisposable {
  readonly url: string;
}

/** The real server with its signer, both keeping everything in memory. */
export async function startNotary(folder: string): Promise<RunningNotary> {
  makeCertificate(folder, 'localhost', [
    'subjectAltName=DNS:localhost,IP:127.0.0.1',
    'extendedKeyUsage=serverAuth,clientAuth',
  ]);
  const [signerPort, port] = [await freePort(), await freePort()];
  const tls = { tls_cert_file: './localhost.crt', tls_key_file: './localhost.key' };
  const signer = write(folder, 'signer.json', {
    server: { grpc_addr: `127.0.0.1:${signerPort}`, ...tls, client_ca_file: './localhost.crt' },
    logging: { level: 'error' },
    storage: { backend: 'memory' },
  });
  const server = write(folder, 'server.json', {
    server: { http_addr: `127.0.0.1:${port}` },
    trust_service: {
      ...{ type: 'remote', hostname: 'localhost', port: String(signerPort), key_algorithm: 'ecdsa' },
      ...{
        tls_ca_file: './localhost.crt',
        tls_client_cert: './localhost.crt',
        tls_client_key: './localhost.key',
      },
    },
    logging: { level: 'error' },
    storage: { backend: 'memory' },
  });
  const env = { ...process.env, NOTARY_SIGNER_DEFAULT_ALIAS: 'one', NOTARY_SIGNER_ONE: 'passphrase' };
  const children = [await start('notary-signer', signer, signerPort, env)];
  children.push(await start('notary-server', server, port, env));
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const child of children) {
        child.kill('SIGKILL');
        await once(child, 'close');
      }
    },
  };
}

async function start(
  name: 'notary-server' | 'notary-signer',
  config: string,
  port: number,
  env: NodeJS.ProcessEnv,
): Promise<ChildProcess> {
  const child = spawn(findNotary(name) as string, ['-config', config], {
    cwd: dirname(config),
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  await until(
    () => answers(port),
    20_000,
    () => `${name} does not listen:\n${output}`,
  );
  return child;
}

async function answers(port: number): Promise<true | undefined> {
  const socket = net.connect(port, '127.0.0.1');
  const [event] = await Promise.race([
    once(socket, 'connect').then(() => ['connect']),
    once(socket, 'error').then(() => ['error']),
  ]).catch(() => ['error']);
  socket.destroy();
  return event === 'connect' ? true : undefined;
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function write(folder: string, name: string, value: object): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(value));
  return path;
}
