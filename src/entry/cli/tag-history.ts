// A tag's history as an instance tells it, read without believing more than its shape: each move is its canonical
// record, which can be checked against the log. And the parts that verifying needs: key, checkpoint, tiles.
import { type NoteKey, parseNoteKey } from '../../formats/crypto/note.ts';
import { formatTilePath } from '../../formats/crypto/tile.ts';
import { imageErrors } from '../../io/images/errors.ts';
import type { InstanceClient } from '../../io/images/instance.ts';
import { decodeUtf8 } from '../../kit/bytes.ts';
import { isJsonObject, type Json, type JsonObject, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import type { LogReader } from '../../services/registry/tag-log-verify.ts';
import { parseTagRecord, type TagRecord } from '../../services/registry/tag-record.ts';
import { readJudgement, type ShownJudgement } from './judgement.ts';

export interface ShownTagMove {
  readonly leaf: number;
  readonly record: TagRecord;
  readonly recordJson: string;
  readonly salt: string | null;
  /** Undefined where the instance did not judge the move. */
  readonly judgement?: ShownJudgement;
}

export interface ShownHistory {
  /** The last first. */
  readonly moves: readonly ShownTagMove[];
  /** There are more than were asked for. */
  readonly isCut: boolean;
  /** Where the tag pointed at the time that was asked for, by the instance's word. */
  readonly at?: { readonly digest?: string; readonly leaf?: number; readonly isHeld?: boolean };
}

/** `images.*` where the instance does not answer, or not as one. */
export async function readHistory(
  instance: InstanceClient,
  repository: string,
  tag: string,
  wish: { readonly most: number; readonly at?: string },
): Promise<ShownHistory> {
  const moves: ShownTagMove[] = [];
  let at: ShownHistory['at'];
  let cursor: string | undefined;
  do {
    const query = new URLSearchParams({ limit: String(Math.min(wish.most, limits.tagMovesPage)) });
    if (wish.at !== undefined) query.set('at', wish.at);
    if (cursor !== undefined) query.set('cursor', cursor);
    const page = await readJson(instance, `/api/v1/repositories/${repository}/-/history/${tag}?${query}`);
    const rows = Array.isArray(page.moves) ? (page.moves as readonly Json[]) : [];
    for (const row of rows) moves.push(readMove(instance, row, repository, tag));
    at ??= isJsonObject(page.at) ? readAt(page.at) : undefined;
    const next: string | undefined = typeof page.cursor === 'string' ? page.cursor : undefined;
    // A page without a move would be asked for without end.
    cursor = rows.length === 0 ? undefined : next;
  } while (cursor !== undefined && moves.length < wish.most);
  return {
    moves: moves.slice(0, wish.most),
    isCut: cursor !== undefined || moves.length > wish.most,
    ...(at === undefined ? {} : { at }),
  };
}

export async function readLogKey(instance: InstanceClient): Promise<NoteKey> {
  const { key } = await readJson(instance, '/api/v1/tag-log');
  if (typeof key !== 'string') throw foreign(instance);
  return parseNoteKey(key);
}

export async function readCheckpoint(instance: InstanceClient): Promise<string> {
  const bytes = await instance.send({ path: '/tlog/checkpoint', limitBytes: limits.noteChars * 4 });
  return decodeUtf8(bytes) ?? '';
}

export function createLogReader(instance: InstanceClient): LogReader {
  return {
    tile: (place) =>
      instance.send({ path: `/tlog/${formatTilePath(place)}`, limitBytes: limits.logBundleBytes }),
  };
}

async function readJson(instance: InstanceClient, path: string): Promise<JsonObject> {
  const bytes = await instance.send({ path, limitBytes: limits.registryAnswerBytes });
  const value = parseJson(decodeUtf8(bytes) ?? '');
  if (!isJsonObject(value)) throw foreign(instance);
  return value;
}

function readMove(instance: InstanceClient, row: Json, repository: string, tag: string): ShownTagMove {
  const { leaf, record: recordJson, salt, ...rest } = isJsonObject(row) ? row : {};
  const record = typeof recordJson === 'string' ? parseTagRecord(recordJson) : undefined;
  const isSalt = salt === undefined || (typeof salt === 'string' && /^[0-9a-f]{64}$/.test(salt));
  const isOwn = record?.repository === repository && record.tag === tag;
  if (typeof leaf !== 'number' || !Number.isSafeInteger(leaf) || leaf < 0 || !isSalt || !isOwn)
    throw foreign(instance);
  const judgement = readJudgement(rest.judgement);
  return {
    leaf,
    record,
    recordJson: recordJson as string,
    salt: (salt as string | undefined) ?? null,
    ...(judgement === undefined ? {} : { judgement }),
  };
}

function readAt(value: JsonObject): NonNullable<ShownHistory['at']> {
  const { digest, leaf, isHeld } = value;
  return {
    ...(typeof digest === 'string' ? { digest } : {}),
    ...(typeof leaf === 'number' ? { leaf } : {}),
    isHeld: isHeld === true,
  };
}

function foreign({ host }: InstanceClient) {
  return imageErrors.registry_failed(`${host} is not a Plimsoll instance, or one of another version`);
}
