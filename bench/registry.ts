// The registry's data path against Debian's docker-registry, in one run, in turns: manifest GETs over 1 and 32
// connections, blob GET and PUT of 1 MB and 200 MB. Prints medians of the rounds and their ratio; only the
// ratio is worth quoting. Both keep their own default of durability: Plimsoll syncs file and folder before it
// answers, docker-registry 2.8 does not sync at all.
import { createHash, randomBytes } from 'node:crypto';
import { median, printTable } from './figure.ts';
import { type Peer, startDockerRegistry, startPlimsoll } from './peer.ts';
import { openWire, type Wire } from './wire.ts';

const REPOSITORY = 'bench/image';
const ROUNDS = 5;
const MB = 1_000_000;
const GET_MS = 1_500;

interface Image {
  readonly manifest: Uint8Array;
  readonly small: string;
  readonly large: string;
}

type Measure = (peer: Peer, image: Image, round: number) => Promise<number>;

const measures: readonly { readonly name: string; readonly unit: string; readonly run: Measure }[] = [
  { name: 'manifest GET, 1 connection', unit: 'req/s', run: (peer) => manifestGets(peer, 1) },
  { name: 'manifest GET, 32 connections', unit: 'req/s', run: (peer) => manifestGets(peer, 32) },
  { name: 'blob GET 1 MB', unit: 'MB/s', run: (peer, image) => blobGets(peer, image.small, MB, 60) },
  { name: 'blob GET 200 MB', unit: 'MB/s', run: (peer, image) => blobGets(peer, image.large, 200 * MB, 2) },
  { name: 'blob PUT 1 MB', unit: 'MB/s', run: (peer, _image, round) => blobPuts(peer, MB, 40, round) },
  { name: 'blob PUT 200 MB', unit: 'MB/s', run: (peer, _image, round) => blobPuts(peer, 200 * MB, 1, round) },
];

const filler = randomBytes(200 * MB);

await using ours = await startPlimsoll(REPOSITORY);
await using theirs = await startDockerRegistry();
const images = new Map<Peer, Image>([
  [ours, await prepare(ours)],
  [theirs, await prepare(theirs)],
]);

const rows: string[][] = [];
for (const { name, unit, run } of measures) {
  const figures = new Map<Peer, number[]>([
    [ours, []],
    [theirs, []],
  ]);
  for (let round = 0; round <= ROUNDS; round += 1)
    for (const peer of round % 2 === 0 ? [ours, theirs] : [theirs, ours]) {
      const figure = await run(peer, images.get(peer) as Image, round);
      // The first round warms up.
      if (round > 0) figures.get(peer)?.push(figure);
    }
  const [a, b] = [figures.get(ours) as number[], figures.get(theirs) as number[]];
  const ratios = a.map((value, position) => value / (b[position] as number));
  rows.push([
    name,
    `${median(a).toFixed(0)} ${unit}`,
    `${median(b).toFixed(0)} ${unit}`,
    `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`,
  ]);
}
rows.push([
  'peak memory after all',
  `${(ours.peakMemoryBytes() / MB).toFixed(0)} MB`,
  `${(theirs.peakMemoryBytes() / MB).toFixed(0)} MB`,
  (ours.peakMemoryBytes() / theirs.peakMemoryBytes()).toFixed(2),
]);
printTable(['', ours.name, theirs.name, 'ratio, ours : theirs'], rows);

async function prepare(peer: Peer): Promise<Image> {
  using wire = await openWire(peer.port);
  const config = Buffer.from(
    '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}',
  );
  const configDigest = await push(wire, peer, config);
  const small = await push(wire, peer, filler.subarray(0, MB));
  const large = await push(wire, peer, filler);
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      config: {
        mediaType: 'application/vnd.docker.container.image.v1+json',
        digest: configDigest,
        size: config.length,
      },
      // A layer type that nothing unpacks: random bytes are no tar.
      layers: [{ mediaType: 'application/vnd.plimsoll.bench', digest: small, size: MB }],
    }),
  );
  const answer = await wire.send(
    `PUT /v2/${REPOSITORY}/manifests/latest HTTP/1.1\r\nContent-Type: application/vnd.docker.distribution.manifest.v2+json\r\n${authorization(peer)}`,
    manifest,
  );
  expect(answer.status, 201, 'manifest PUT');
  return { manifest, small, large };
}

async function manifestGets(peer: Peer, connections: number): Promise<number> {
  const wires = await Promise.all(Array.from({ length: connections }, () => openWire(peer.port)));
  const head = `GET /v2/${REPOSITORY}/manifests/latest HTTP/1.1\r\nAccept: application/vnd.docker.distribution.manifest.v2+json\r\n`;
  const start = performance.now();
  let count = 0;
  await Promise.all(
    wires.map(async (wire) => {
      while (performance.now() - start < GET_MS) {
        const answer = await wire.send(head);
        expect(answer.status, 200, 'manifest GET');
        count += 1;
      }
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  for (const wire of wires) wire[Symbol.dispose]();
  return count / seconds;
}

async function blobGets(peer: Peer, digest: string, sizeBytes: number, times: number): Promise<number> {
  using wire = await openWire(peer.port);
  const start = performance.now();
  for (let time = 0; time < times; time += 1) {
    const answer = await wire.send(`GET /v2/${REPOSITORY}/blobs/${digest} HTTP/1.1\r\n`);
    expect(answer.bodyBytes, sizeBytes, 'blob GET bytes');
  }
  return (sizeBytes * times) / MB / ((performance.now() - start) / 1000);
}

async function blobPuts(peer: Peer, sizeBytes: number, times: number, round: number): Promise<number> {
  using wire = await openWire(peer.port);
  let elapsedMs = 0;
  for (let time = 0; time < times; time += 1) {
    const bytes = Buffer.from(filler.subarray(0, sizeBytes));
    bytes.write(`${peer.name} ${round} ${time} ${process.pid}`);
    const digest = digestOf(bytes);
    const start = performance.now();
    await push(wire, peer, bytes, digest);
    elapsedMs += performance.now() - start;
  }
  return (sizeBytes * times) / MB / (elapsedMs / 1000);
}

/** POST, then one PUT with the bytes: what docker, containerd and skopeo amount to. */
async function push(wire: Wire, peer: Peer, bytes: Uint8Array, digest = digestOf(bytes)): Promise<string> {
  const started = await wire.send(`POST /v2/${REPOSITORY}/blobs/uploads/ HTTP/1.1\r\n${authorization(peer)}`);
  expect(started.status, 202, 'upload POST');
  const location = new URL(/\r\nlocation: *(\S+)/i.exec(started.headers)?.[1] as string, 'http://127.0.0.1');
  location.searchParams.set('digest', digest);
  const ended = await wire.send(
    `PUT ${location.pathname}${location.search} HTTP/1.1\r\nContent-Type: application/octet-stream\r\n${authorization(peer)}`,
    bytes,
  );
  expect(ended.status, 201, 'upload PUT');
  return digest;
}

function authorization(peer: Peer): string {
  return peer.authorization === undefined ? '' : `Authorization: ${peer.authorization}\r\n`;
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function expect(actual: number, wanted: number, what: string): void {
  if (actual !== wanted) throw new Error(`${what}: ${actual}, not ${wanted}`);
}
