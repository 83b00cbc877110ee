// Start-up: from the start of the process to the first manifest that it serves, with next to nothing stored and with
// 100,000 manifests in a hundred repositories, or with as many as a server took in the time for it.
import { fill } from './fill.ts';
import type { Part } from './part.ts';
import {
  type Blob,
  checkServed,
  digestOf,
  emptyConfig,
  formatManifest,
  pushBlob,
  putManifest,
} from './push.ts';
import type { Server } from './server.ts';
import { openWire } from './wire.ts';

const MANIFESTS = 100_000;
const REPOSITORIES = 100;
const FIRST = 'bench/start-0';

export const startEmpty: Part = {
  name: 'start-empty',
  title: 'Start, one manifest stored',
  prepare: (servers, { fillSeconds }) => prepare(servers, 1, fillSeconds),
};

export const startFull: Part = {
  name: 'start-full',
  title: 'Start, 100,000 manifests stored',
  prepare: (servers, { fillSeconds }) => prepare(servers, MANIFESTS, fillSeconds),
};

async function prepare(servers: readonly Server[], count: number, seconds: number) {
  const made = new Map<Server, number>();
  for (const server of servers) made.set(server, await makeManifests(server, count, seconds));
  const { digest } = manifestOf(0);
  const path = `/v2/${FIRST}/manifests/${digest}`;
  return {
    measures: [
      {
        title: count === 1 ? 'start, 1 manifest' : 'start, many manifests',
        unit: 'ms' as const,
        run: (server: Server) => server.restart(path),
      },
    ],
    notes: [...made]
      .filter(([, done]) => count > 1 || done < count)
      .map(
        ([server, done]) =>
          `${server.name} has ${done.toLocaleString('en')} manifests${done < count ? `: more took longer than ${seconds} s` : ''}.`,
      ),
  };
}

async function makeManifests(server: Server, count: number, seconds: number): Promise<number> {
  for (let number = 0; number < Math.min(REPOSITORIES, count); number += 1) {
    const repository = `bench/start-${number}`;
    using wire = await openWire(server.port);
    const authorization = await server.authorize(repository);
    await pushBlob(wire, { repository, authorization }, [emptyConfig()]);
  }
  const names = Array.from({ length: Math.min(REPOSITORIES, count) }, (_, number) => `bench/start-${number}`);
  const done = await fill(server, names, { count, seconds }, (wire, place, index) => {
    const { bytes, digest } = manifestOf(index);
    return putManifest(wire, place, digest, bytes);
  });
  const { bytes, digest } = manifestOf(0);
  await checkServed(server, `/v2/${FIRST}/manifests/${digest}`, { digest, sizeBytes: bytes.length });
  return done;
}

function manifestOf(index: number): { readonly bytes: Buffer; readonly digest: string } {
  const bytes = formatManifest(config(), [], String(index));
  return { bytes, digest: digestOf(bytes) };
}

function config(): Blob {
  const bytes = emptyConfig();
  return { digest: digestOf(bytes), sizeBytes: bytes.length };
}
