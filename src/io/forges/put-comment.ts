// One comment for each key on a pull request: found by its marker, updated where it is there, created where it is
// not, and never twice: after a request whose outcome is unknown the comments are listed again first. What a race
// of two jobs left is put right by the next: the oldest stays, the others go.
import { formatComment } from '../../formats/markdown/comment.ts';
import { formatMarker } from '../../formats/markdown/marker.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { forgeErrors } from './errors.ts';
import type { Forge, ForgeComment } from './forge.ts';

export interface CommentWish {
  /** What the comment is found again by, any text: a job's name. */
  readonly key: string;
  readonly markdown: string;
  /** A new comment each time; kept ones are never changed or deleted later. */
  readonly keepPrevious: boolean;
  /** Where all of it is, named where it has to be cut. */
  readonly link?: string;
}

export interface CommentResult {
  readonly kind: 'created' | 'updated' | 'unchanged';
  readonly url: string;
  /** Comments of the same key that were deleted. */
  readonly deleted: number;
}

/** Writes the comment. Throws what the forge's verbs throw; a second run puts right what a cut one left. */
export async function putComment(forge: Forge, wish: CommentWish): Promise<CommentResult> {
  const marker = formatMarker(wish.key, wish.keepPrevious);
  const body = formatComment(marker, wish.markdown, {
    maxChars: forge.maxCommentChars,
    taker: forge.name,
    ...(wish.link === undefined ? {} : { link: wish.link }),
  });
  let known: ReadonlySet<string> | undefined;
  for (let attempt = 1; ; attempt += 1) {
    const there = await forge.listComments(marker);
    known ??= new Set(there.map(({ id }) => id));
    try {
      if (!wish.keepPrevious && there.length > 0) {
        const settled = await settle(forge, there, body);
        const isOurs = settled.kind === 'unchanged' && !known.has(there[0]?.id ?? '');
        return isOurs ? { ...settled, kind: 'created' } : settled;
      }
      const earlier = there.find((one) => !known?.has(one.id) && isSame(one.body, body));
      const { url } = earlier ?? (await forge.createComment(body));
      // A request that was given up may still have been carried out after the list was read.
      const all = attempt === 1 || wish.keepPrevious ? [] : await forge.listComments(marker);
      if (all.length > 1) return { ...(await settle(forge, all, body)), kind: 'created' };
      return { kind: 'created', url, deleted: 0 };
    } catch (error) {
      if (attempt >= ATTEMPTS || !isUnknown(error)) throw error;
    }
  }
}

async function settle(forge: Forge, there: readonly ForgeComment[], body: string): Promise<CommentResult> {
  const [oldest, ...others] = there as [ForgeComment, ...ForgeComment[]];
  const isUnchanged = isSame(oldest.body, body);
  const { url } = isUnchanged ? oldest : await forge.updateComment(oldest.id, body);
  for (const other of others) await forge.deleteComment(other.id);
  return { kind: isUnchanged ? 'unchanged' : 'updated', url, deleted: others.length };
}

/** Forges keep line ends and trailing space in their own way. */
function isSame(kept: string, body: string): boolean {
  const plain = (text: string): string => text.replaceAll('\r\n', '\n').trimEnd();
  return plain(kept) === plain(body);
}

/** Whether the comments may be other than they were listed: written unseen, or deleted by somebody meanwhile. */
function isUnknown(error: unknown): boolean {
  return [forgeErrors.unavailable, forgeErrors.answer_invalid, forgeErrors.target_missing].some(({ code }) =>
    isPlimsollError(error, { code }),
  );
}

/** The first, one after an answer that was lost, one after a comment that went away. */
const ATTEMPTS = 3;
