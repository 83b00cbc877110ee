// Verifying a tag's history: which key is trusted for a host's tag log (given, or the first one seen), what was
// seen of the log last, and that what the host shows now continues it. What was seen is kept only when all held.
import { parseCheckpoint } from '../../formats/crypto/checkpoint.ts';
import { formatNoteKey, type NoteKey, parseNoteKey, verifyNote } from '../../formats/crypto/note.ts';
import type { RegistryReference } from '../../formats/oci/reference.ts';
import type { InstanceClient } from '../../io/images/instance.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { isJsonObject, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { registryErrors } from '../../services/registry/errors.ts';
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
  /** The checkpoint that all of it was proven by. */
  readonly note: string;
}

interface Subject {
  readonly repository: string;
  readonly tag: string;
}

/** Each round asks anew because the tag moved between the checkpoint and the history. */
const ROUNDS = 5;

/**
 * All moves of the tag, verified. `crypto.*`, `registry.log_*`, `registry.tag_not_logged`, `cli.log_memory_unreadable`, `cli.option_invalid`
 * where `givenKey` neither is the one that is trusted already nor signs the same checkpoint.
 */
export async function verifyHistory(
  world: CliWorld,
  instance: InstanceClient,
  { repository, tag }: Subject,
  givenKey: string | undefined,
): Promise<VerifiedHistory> {
  const { logMemory } = world;
  const place = logMemory.pathOf(instance.host);
  const seen = parseMemory(await logMemory.read(instance.host), place);
  const given = givenKey === undefined ? undefined : parseNoteKey(givenKey);
  const key = seen?.key ?? given ?? (await readLogKey(instance));
  const { history, note } = await readTogether(world, instance, { repository, tag, key });
  const proven = await verifyTagLog({
    reader: createLogReader(instance),
    key,
    note,
    ...(seen === undefined ? {} : { seen: seen.note }),
    repository,
    tag,
    moves: history.moves,
  });
  // While a log's former key signs beside the new one, who trusts the former may take the new one for the same log.
  if (given !== undefined) checkSigned(note, given, { trusted: key, host: instance.host, place });
  await logMemory.write(
    instance.host,
    `${JSON.stringify({ key: formatNoteKey(given ?? key), note }, undefined, 2)}\n`,
  );
  return { history, proven, key: given ?? key, note, isNewKey: given === undefined && seen === undefined };
}

function checkSigned(
  note: string,
  given: NoteKey,
  { trusted, host, place }: { readonly trusted: NoteKey; readonly host: string; readonly place: string },
): void {
  try {
    verifyNote(note, given);
  } catch (cause) {
    if (!isPlimsollError(cause, { code: 'crypto.note_untrusted' })) throw cause;
    throw cliErrors.option_invalid(
      `--log-key is ${given.name}+${given.id}, which does not sign for ${host} beside ${trusted.name}+${trusted.id}, which is trusted; ` +
        `delete ${place} to trust another`,
      { cause },
    );
  }
}

/**
 * A history with the checkpoint that it is verified by, and with what the registry serves for the tag: taken anew
 * where the tag moved in between. `registry.tag_not_logged` where what is served is not what the history says.
 */
async function readTogether(
  world: CliWorld,
  instance: InstanceClient,
  { repository, tag, key }: Subject & { readonly key: NoteKey },
): Promise<{ readonly history: ShownHistory; readonly note: string }> {
  const { host } = instance;
  for (let round = 1; ; round += 1) {
    const served = await readServed(world, { kind: 'registry', host, repository, tag });
    const note = await readCheckpoint(instance);
    const { size } = parseCheckpoint(verifyNote(note, key));
    const history = await readHistory(instance, repository, tag, { most: limits.historyMoves });
    const logged = history.moves[0]?.record.digest ?? undefined;
    const isTogether = history.moves.every(({ leaf }) => leaf < size) && served === logged;
    if (isTogether) return { history, note };
    if (round === ROUNDS && served !== logged)
      throw registryErrors.tag_not_logged(
        `${host} serves ${served ?? 'nothing'} for ${repository}:${tag}, but its history says ${logged ?? 'deleted'}`,
      );
    if (round === ROUNDS) return { history, note };
  }
}

/** Undefined where there is no such tag by now. */
async function readServed(world: CliWorld, reference: RegistryReference): Promise<string | undefined> {
  try {
    await using source = await world.openSource(reference);
    return (await source.root()).descriptor.digest;
  } catch (error) {
    if (isPlimsollError(error, { kind: 'missing' })) return undefined;
    throw error;
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
