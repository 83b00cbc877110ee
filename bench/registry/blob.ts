// Blob GET and PUT. A PUT's bytes are new each time: else a registry may see that it has them.
import { createHash, randomBytes } from 'node:crypto';
import type { Measure, Part } from './part.ts';
import { type Blob, checkServed, expect, pushBlob } from './push.ts';
import type { Server } from './server.ts';
import { openWire } from './wire.ts';

const REPOSITORY = 'bench/public';
const MB = 1_000_000;
const GETS = [
  [1, 1],
  [1, 32],
  [10, 1],
  [10, 32],
  [100, 1],
  [100, 8],
] as const;
const PUTS = [
  [1, 1],
  [1, 32],
  [100, 1],
] as const;

export const blobGet: Part = {
  name: 'blob-get',
  title: 'Blob GET',
  async prepare(servers) {
    const filler = randomBytes(100 * MB);
    const blobs = new Map<number, Blob>();
    for (const server of servers) {
      const authorization = await server.authorize(REPOSITORY);
      using wire = await openWire(server.port);
      for (const size of [1, 10, 100]) {
        const blob = await pushBlob(wire, { repository: REPOSITORY, authorization }, [
          filler.subarray(0, size * MB),
        ]);
        await checkServed(server, `/v2/${REPOSITORY}/blobs/${blob.digest}`, blob);
        blobs.set(size, blob);
      }
    }
    return {
      measures: GETS.map(([size, clients]) => ({
        title: `GET of ${size} MB, ${clients} client${clients === 1 ? '' : 's'}`,
        unit: 'MB/s',
        run: (server, _round, seconds) => get(server, blobs.get(size) as Blob, clients, seconds),
      })),
      notes: [],
    };
  },
};

export const blobPut: Part = {
  name: 'blob-put',
  title: 'Blob PUT',
  async prepare() {
    const filler = randomBytes(100 * MB);
    return {
      measures: PUTS.map(
        ([size, clients]): Measure => ({
          title: `PUT of ${size} MB, ${clients} client${clients === 1 ? '' : 's'}`,
          unit: 'MB/s',
          run: (server, _round, seconds) => put(server, filler.subarray(0, size * MB), clients, seconds),
        }),
      ),
      notes: [
        'Before it answers a PUT, Plimsoll syncs file and folder, distribution 3 the file; zot and docker-registry 2.8 leave both to the kernel. The kernel’s pages are written before each turn.',
      ],
      isWriting: true,
    };
  },
};

async function get(server: Server, blob: Blob, clients: number, seconds: number): Promise<number> {
  const head = `GET /v2/${REPOSITORY}/blobs/${blob.digest} HTTP/1.1\r\n`;
  const wires = await Promise.all(Array.from({ length: clients }, () => openWire(server.port)));
  const start = performance.now();
  let sentBytes = 0;
  await Promise.all(
    wires.map(async (wire) => {
      do {
        const answer = await wire.send(head);
        expect(answer.status, 200, 'blob GET');
        expect(answer.bodyBytes, blob.sizeBytes, 'blob GET, bytes');
        sentBytes += answer.bodyBytes;
      } while (performance.now() - start < seconds * 1000);
    }),
  );
  const rate = sentBytes / MB / ((performance.now() - start) / 1000);
  for (const wire of wires) wire[Symbol.dispose]();
  return rate;
}

/** Only from the POST to the 201 counts: digests are made before, in batches. */
async function put(server: Server, filler: Uint8Array, clients: number, seconds: number): Promise<number> {
  const prefix = createHash('sha256').update(filler);
  const authorization = await server.authorize(REPOSITORY);
  const wires = await Promise.all(Array.from({ length: clients }, () => openWire(server.port)));
  let [elapsedMs, sentBytes] = [0, 0];
  let last: Blob | undefined;
  while (elapsedMs < seconds * 1000) {
    const batch = wires.map(() => {
      const nonce = randomBytes(32);
      return { nonce, digest: `sha256:${prefix.copy().update(nonce).digest('hex')}` };
    });
    const start = performance.now();
    const pushed = await Promise.all(
      batch.map(({ nonce, digest }, position) =>
        pushBlob(
          wires[position] as Awaited<ReturnType<typeof openWire>>,
          { repository: REPOSITORY, authorization },
          [filler, nonce],
          digest,
        ),
      ),
    );
    elapsedMs += performance.now() - start;
    last = pushed[0];
    sentBytes += pushed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }
  for (const wire of wires) wire[Symbol.dispose]();
  await checkServed(server, `/v2/${REPOSITORY}/blobs/${last?.digest}`, last as Blob);
  return sentBytes / MB / (elapsedMs / 1000);
}
