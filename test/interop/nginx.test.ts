// Promise: behind nginx, by the lines of docs/guide/serve.md as they stand there, skopeo pushes and pulls, and the bytes
// of blobs come from nginx itself, whole and in part, with the headers that clients check.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../house.ts';
import { makeLayout } from './layout.ts';
import { missingTools, password, run, startProduct, temporaryFolder, until } from './world.ts';

test('nginx sends the blobs that it is told to, and nothing that it is not', {
  skip: missingTools('nginx', 'skopeo'),
}, async () => {
  using folder = temporaryFolder();
  const data = join(folder.path, 'data');
  const [port, listen] = [await freePort(), `127.0.0.1:${await freePort()}`];
  await using _nginx = await startNginx({ folder: folder.path, data, port, behind: listen });
  // Ready as soon as it answers under its public address, which is nginx's.
  await using _product = await startProduct(data, {
    listen,
    args: [
      ...['--advisories-refresh', 'off', '--public-url', `http://127.0.0.1:${port}`],
      ...['--proxy-trusted', 'on', '--registry-sendfile', 'x-accel-redirect:/plimsoll-blobs/'],
    ],
  });
  const layout = makeLayout(join(folder.path, 'layout'), [randomBytes(3_000_000)]);
  const image = `docker://127.0.0.1:${port}/team/app:1`;
  const login = `admin:${password}`;
  run('skopeo', ['copy', '--dest-tls-verify=false', '--dest-creds', login, `oci:${layout}:a`, image]);
  // Whole, through nginx; skopeo checks each digest.
  run('skopeo', ['copy', '--src-tls-verify=false', image, `dir:${join(folder.path, 'pulled')}`]);

  const { layers } = JSON.parse(run('skopeo', ['inspect', '--raw', '--tls-verify=false', image]).stdout) as {
    layers: { digest: string; size: number }[];
  };
  const [layer] = layers;
  assert.ok(layer !== undefined);
  const path = `/v2/team/app/blobs/${layer.digest}`;
  const get = (headers: Record<string, string> = {}, from = `http://127.0.0.1:${port}`) =>
    fetch(`${from}${path}`, { headers });
  const named = ['content-type', 'content-length', 'docker-content-digest', 'etag', 'accept-ranges'];
  const headersOf = (answer: Response) => named.map((name) => answer.headers.get(name));

  const [through, past] = [await get(), await get({}, `http://${listen}`)];
  assert.deepEqual([through.status, headersOf(through)], [200, headersOf(past)]);
  const bytes = Buffer.from(await through.arrayBuffer());
  assert.ok(bytes.equals(Buffer.from(await past.arrayBuffer())));
  // Only nginx says when a file was written: it sent this one.
  assert.deepEqual(
    [through, past].map((answer) => answer.headers.has('last-modified')),
    [true, false],
  );
  assert.equal(through.headers.get('x-accel-redirect'), null, 'the path is between the two');

  const part = await get({ range: 'bytes=10-19', 'if-range': `"${layer.digest}"` });
  assert.deepEqual(
    [part.status, part.headers.get('content-range'), part.headers.get('docker-content-digest')],
    [206, `bytes 10-19/${layer.size}`, layer.digest],
  );
  assert.ok(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(10, 20)));
  const beyond = await get({ range: `bytes=${layer.size}-` });
  assert.equal(beyond.status, 416);
  const other = await get({ range: 'bytes=10-19', 'if-range': '"another"' });
  assert.deepEqual([other.status, (await other.arrayBuffer()).byteLength], [200, layer.size]);
  const several = await get({ range: 'bytes=0-1,4-5' });
  assert.deepEqual([several.status, (await several.arrayBuffer()).byteLength], [200, layer.size]);

  const hex = layer.digest.slice('sha256:'.length);
  const direct = await fetch(`http://127.0.0.1:${port}/plimsoll-blobs/sha256/${hex.slice(0, 2)}/${hex}`);
  assert.equal(direct.status, 404, 'the location is for nginx alone');
});

/** With the two locations of the guide; the port and the data folder are this test's. */
async function startNginx(place: {
  readonly folder: string;
  readonly data: string;
  readonly port: number;
  readonly behind: string;
}): Promise<AsyncDisposable> {
  const { folder, data, port, behind } = place;
  const guide = readFileSync(join(root, 'docs/guide/serve.md'), 'utf8');
  const locations = [...guide.matchAll(/```nginx\n(.*?)```/gs)]
    .map(([, lines = '']) => lines)
    .join('\n')
    .replaceAll('127.0.0.1:1876', behind)
    .replaceAll('/var/lib/plimsoll', data);
  const own = join(folder, 'nginx');
  mkdirSync(own);
  // nginx's workers are another user, who must come as far as the blobs: the guide's chmod.
  mkdirSync(data);
  for (const path of [folder, data]) chmodSync(path, 0o711);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${join(own, name)};`)
    .join('\n');
  const file = join(own, 'nginx.conf');
  writeFileSync(
    file,
    `daemon off;
pid ${join(own, 'pid')};
events {}
http {
access_log off;
${temporary}
server {
listen 127.0.0.1:${port};
${locations}
}
}
`,
  );
  const child = spawn('nginx', ['-c', file, '-e', join(own, 'error.log')], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.on('close', resolve));
  const said = (): string => readFileSync(join(own, 'error.log'), 'utf8');
  await until(
    async () => {
      if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}:\n${said()}`);
      return fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    },
    30_000,
    () => `nginx does not answer:\n${said()}`,
  );
  return {
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  assert.ok(address !== null && typeof address === 'object');
  return address.port;
}
