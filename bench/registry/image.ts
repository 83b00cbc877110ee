// A whole image pushed and pulled by skopeo: ten layers of 20 MB each, real tar under gzip, new in each round and
// the same for all servers. What skopeo itself costs (starting, digests, its own files) is in every figure.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { password } from './contestant.ts';
import type { Part } from './part.ts';
import { findProgram } from './program.ts';
import { digestOf, MANIFEST_TYPE } from './push.ts';
import type { Server } from './server.ts';

const LAYERS = 10;
const LAYER_BYTES = 20_000_000;

export const image: Part = {
  name: 'image',
  title: 'Whole image, 10 layers, 200 MB',
  missing: () => (findProgram('skopeo') === undefined ? 'skopeo' : undefined),
  async prepare() {
    // The client's side in memory where the machine has such a folder: its disk is not what is measured.
    const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'bench-image-'));
    const layout = join(folder, 'layout');
    return {
      measures: [
        {
          title: 'skopeo push',
          unit: 'ms',
          run: (server, round) => copy(server, `oci:${layout}:one`, remote(server, round), true),
        },
        {
          title: 'skopeo pull, public',
          unit: 'ms',
          run: (server, round) => pull(server, remote(server, round), join(folder, 'pulled'), false),
        },
        {
          title: 'skopeo pull, with a password',
          unit: 'ms',
          run: (server, round) => pull(server, remote(server, round), join(folder, 'pulled'), true),
          withoutTokens: 'skopeo pull, public',
        },
      ],
      notes: [],
      isWriting: true,
      beforeRound() {
        rmSync(layout, { recursive: true, force: true });
        makeLayout(layout);
      },
      dispose: () => rmSync(folder, { recursive: true, force: true }),
    };
  },
};

function remote(server: Server, round: number): string {
  return `docker://${server.host}/bench/image:round-${round}`;
}

async function pull(server: Server, from: string, folder: string, hasLogin: boolean): Promise<number> {
  const elapsedMs = await copy(server, from, `dir:${folder}`, hasLogin);
  // skopeo has checked each digest; that all of them came, the manifest's presence says.
  if (!existsSync(join(folder, 'manifest.json'))) throw new Error(`${server.name}: nothing was pulled`);
  rmSync(folder, { recursive: true });
  return elapsedMs;
}

/** Milliseconds. */
async function copy(server: Server, from: string, to: string, hasLogin: boolean): Promise<number> {
  const side = from.startsWith('docker:') ? 'src' : 'dest';
  const login =
    hasLogin && server.contestant.hasTokens
      ? [`--${side}-creds`, `admin:${password}`]
      : [`--${side}-no-creds`];
  const args = ['copy', '--quiet', '--insecure-policy', `--${side}-tls-verify=false`, ...login, from, to];
  const start = performance.now();
  const child = spawn('skopeo', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => (said += chunk));
  const status = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (status !== 0) throw new Error(`skopeo ${args.join(' ')}:\n${said}`);
  return performance.now() - start;
}

/** An OCI layout with one image of random files. */
function makeLayout(folder: string): void {
  mkdirSync(join(folder, 'blobs/sha256'), { recursive: true });
  const write = (bytes: Uint8Array): { digest: string; size: number } => {
    const digest = digestOf(bytes);
    writeFileSync(join(folder, 'blobs/sha256', digest.slice('sha256:'.length)), bytes);
    return { digest, size: bytes.byteLength };
  };
  const tars = Array.from({ length: LAYERS }, (_, position) => makeTar(`layer-${position}`));
  const layers = tars.map((tar) => ({
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    ...write(gzipSync(tar, { level: 1 })),
  }));
  const config = {
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: tars.map((tar) => digestOf(tar)) },
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      ...write(Buffer.from(JSON.stringify(config))),
    },
    layers,
  };
  const entry = {
    mediaType: MANIFEST_TYPE,
    ...write(Buffer.from(JSON.stringify(manifest))),
    annotations: { 'org.opencontainers.image.ref.name': 'one' },
  };
  writeFileSync(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
}

/** One file of random bytes, in ustar (POSIX.1-1988). */
function makeTar(name: string): Buffer {
  const blocks = Math.ceil(LAYER_BYTES / 512);
  const head = Buffer.alloc(512);
  head.write(name, 0);
  head.write('0000644\0', 100);
  head.write('0000000\0', 108);
  head.write('0000000\0', 116);
  head.write(`${LAYER_BYTES.toString(8).padStart(11, '0')}\0`, 124);
  head.write('00000000000\0', 136);
  head.write('        ', 148);
  head.write('0', 156);
  head.write('ustar\x0000', 257);
  const sum = head.reduce((total, byte) => total + byte, 0);
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const body = Buffer.alloc(blocks * 512);
  randomBytes(LAYER_BYTES).copy(body);
  return Buffer.concat([head, body, Buffer.alloc(1024)]);
}
