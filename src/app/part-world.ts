// What this machine is a part of, as its commands use it: the folder of its certificates, joining, and the keeper that
// the HTTP client asks. Each is loaded when it is asked for: who is a part of nothing waits for none of it.
import { join } from 'node:path';
import type { PartWorld } from '../entry/cli/part-world.ts';
import type { Http } from '../io/net/http.ts';
import type { PartFolder } from '../io/parts/part-folder.ts';
import type { PartKeeper } from '../io/parts/part-keeper.ts';
import { type Log, type LogFields, silentLog } from '../kit/log.ts';
import type { Config, Places } from './config.ts';
import type { Surroundings } from './wire.ts';

export interface PartWorldParts {
  readonly config: Config;
  readonly places: Places;
  readonly surroundings: Surroundings;
  readonly signal: AbortSignal;
  /** Says a line to the person. */
  readonly say: (line: string) => void;
}

export interface OwnParts {
  readonly world: PartWorld;
  keeper(): Promise<PartKeeper>;
}

export function createOwnParts({ config, places, surroundings, signal, say }: PartWorldParts): OwnParts {
  const place = config.partFolder ?? join(places.stateFolder, 'parts');
  let folder: Promise<PartFolder> | undefined;
  let keeper: Promise<PartKeeper> | undefined;
  let http: Http | undefined;

  const openFolder = (): Promise<PartFolder> =>
    (folder ??= import('../io/parts/part-folder.ts').then(({ createPartFolder }) => createPartFolder(place)));

  async function openKeeper(): Promise<PartKeeper> {
    const [{ createPartKeeper }, { createClient }] = await Promise.all([
      import('../io/parts/part-keeper.ts'),
      import('./client.ts'),
    ]);
    return createPartKeeper({
      ...surroundings,
      folder: await openFolder(),
      http: () => (http ??= createClient(config, places, surroundings)),
      log: createSpokenLog(say),
      signal,
    });
  }

  return {
    keeper: () => (keeper ??= openKeeper()),
    world: {
      openFolder,
      async join(instance, invitation) {
        const [{ joinInstance }, { createClient }] = await Promise.all([
          import('../io/parts/join.ts'),
          import('./client.ts'),
        ]);
        await using own = createClient(config, places, surroundings);
        const { clock } = surroundings;
        return joinInstance({ folder: await openFolder(), http: own, clock, signal }, instance, invitation);
      },
    },
  };
}

/** Commands log nothing; what a person must know of a part is a line on standard error. */
function createSpokenLog(say: (line: string) => void): Log {
  const speak = (message: string, { host, reason }: LogFields = {}): void =>
    say(`${String(host ?? 'parts')}: ${message}${reason === undefined ? '' : `: ${String(reason)}`}`);
  return { ...silentLog, warn: speak, error: speak };
}
