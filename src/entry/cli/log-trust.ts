// Verifying a tag's history: which key is trusted for a host's tag log (given, or the first one seen), what was
// seen of the log last, and that what the host shows now continues it. What was seen is kept only when all held.
import { parseCheckpoint } from '../../formats/crypto/checkpoint.ts';
import { formatNoteKey, type NoteKey, parseNoteKey, verifyNote } from '../../formats/crypto/note.ts';
import type { InstanceClient } from '../../io/images/instance.ts';
import { isJsonObject, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { type LogProven, verifyTagLog } from '../../services/registry/tag-log-verify.ts';
import { cliErrors } from './errors.ts';
import {
  createLogReader,
  readCheckpoint,
  readHistory,
  readLogKey,
  type ShownHistory,
} from './tag-history.ts';
import type { CliWorld } from './world.ts';

export interface VerifiedHistory {
  readonly history: ShownHistory;
  readonly proven: LogProven;
  readonly key: NoteKey;
  /** The key was taken from the server itself, just now. */
  readonly isNewKey: boolean;
}

/** Each round asks anew because the tag moved between the checkpoint and the history. */
const ROUNDS = 5;

/**
 * All moves of the tag, verified. `crypto.*`, `registry.log_*`, `cli.log_memory_unreadable`, `cli.option_invalid`
 * where `givenKey` is not the one that is trusted already.
 */
export async function verifyHistory(
  world: CliWorld,
  instance: InstanceClient,
  { repository, tag }: { readonly repository: string; readonly tag: string },
  givenKey: string | undefined,
): Promise<VerifiedHistory> {
  const { logMemory } = world;
  const place = logMemory.pathOf(instance.host);
  const seen = parseMemory(await logMemory.read(instance.host), place);
  const given = givenKey === undefined ? undefined : parseNoteKey(givenKey);
  if (given !== undefined && seen !== undefined && formatNoteKey(given) !== formatNoteKey(seen.key))
    throw cliErrors.option_invalid(
      `--log-key is ${given.name}+${given.id}, but for ${instance.host} ${seen.key.name}+${seen.key.id} is trusted; ` +
        `delete ${place} to trust another`,
    );
  const key = given ?? seen?.key ?? (await readLogKey(instance));
  const { history, note } = await readTogether(instance, { repository, tag, key });
  const proven = await verifyTagLog({
    reader: createLogReader(instance),
    key,
    note,
    ...(seen === undefined ? {} : { seen: seen.note }),
    repository,
    tag,
    moves: history.moves,
  });
  await logMemory.write(
    instance.host,
    `${JSON.stringify({ key: formatNoteKey(key), note }, undefined, 2)}\n`,
  );
  return { history, proven, key, isNewKey: given === undefined && seen === undefined };
}

/** A history with a checkpoint that is no older than its last move, and no newer than the history. */
async function readTogether(
  instance: InstanceClient,
  { repository, tag, key }: { readonly repository: string; readonly tag: string; readonly key: NoteKey },
): Promise<{ readonly history: ShownHistory; readonly note: string }> {
  for (let round = 1; ; round += 1) {
    const note = await readCheckpoint(instance);
    const { size } = parseCheckpoint(verifyNote(note, key));
    const history = await readHistory(instance, repository, tag, { most: limits.historyMoves });
    const isTogether = history.moves.every(({ leaf }) => leaf < size);
    if (isTogether || round === ROUNDS) return { history, note };
  }
}

function parseMemory(
  text: string | undefined,
  place: string,
): { readonly key: NoteKey; readonly note: string } | undefined {
  if (text === undefined) return undefined;
  const value = parseJson(text);
  if (isJsonObject(value) && typeof value.key === 'string' && typeof value.note === 'string')
    return { key: parseNoteKey(value.key), note: value.note };
  throw cliErrors.log_memory_unreadable(`${place} does not say what was seen of the tag log`);
}
