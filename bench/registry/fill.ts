// Filling a server over several connections until it has enough, or until the time that it may take is over.
import type { Server } from './server.ts';
import { openWire, type Wire } from './wire.ts';

const CONNECTIONS = 16;
/** Within a token's life. */
const TOKEN_MS = 240_000;

export interface Place {
  readonly repository: string;
  readonly authorization: string | undefined;
}

/** Calls `step` for 0, 1, 2 … below `count`, each once, in order but several at once; how many were done. */
export async function fill(
  server: Server,
  repositories: readonly string[],
  bounds: { readonly count: number; readonly seconds: number },
  step: (wire: Wire, place: Place, index: number) => Promise<void>,
): Promise<number> {
  const tokens = new Map<string, { readonly since: number; readonly value: Promise<string | undefined> }>();
  const authorize = (repository: string): Promise<string | undefined> => {
    const known = tokens.get(repository);
    if (known !== undefined && performance.now() - known.since < TOKEN_MS) return known.value;
    const value = server.authorize(repository);
    tokens.set(repository, { since: performance.now(), value });
    return value;
  };
  // Passwords are slow to check, on purpose: that is not what filling measures.
  for (const repository of repositories) await authorize(repository);
  const start = performance.now();
  let next = 0;
  const work = async (): Promise<void> => {
    using wire = await openWire(server.port);
    while (next < bounds.count && performance.now() - start < bounds.seconds * 1000) {
      const index = next;
      next += 1;
      const repository = repositories[index % repositories.length] as string;
      await step(wire, { repository, authorization: await authorize(repository) }, index);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  return next;
}
