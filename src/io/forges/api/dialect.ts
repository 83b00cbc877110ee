// The verbs of the port over one forge's dialect: its paths, its spelling of an author, how it says who the token
// is. The three differ in nothing else, so that a mended mistake is mended for all.
import { hasMarker } from '../../../formats/markdown/marker.ts';
import { isPlimsollError } from '../../../kit/error.ts';
import { forgeErrors } from '../errors.ts';
import type { Forge, ForgeComment } from '../forge.ts';
import type { ForgeApi } from './call.ts';
import { listItems, parseComment, type RawComment } from './comment.ts';

export interface Dialect {
  readonly name: string;
  readonly maxCommentChars: number;
  readonly api: ForgeApi;
  /** The pull request as people write it: `team/app#3`. */
  readonly place: string;
  /** Where comments are listed and created. */
  readonly path: string;
  /** Beside `page`. */
  readonly listQuery: string;
  /** Where one comment is. */
  readonly onePath: (id: string) => string;
  readonly updateMethod: 'PATCH' | 'PUT';
  /** The member that holds a comment's writer. */
  readonly author: 'user' | 'author';
  /** The account that the token acts as. */
  readonly readMyId: () => Promise<number>;
  /** A comment's address, where the forge does not say it with the comment. */
  readonly readUrl?: (id: number) => Promise<string>;
}

export function createForge(dialect: Dialect): Forge {
  const { api, place, path, author, onePath } = dialect;

  async function finish({ id, body, url }: RawComment, what: string): Promise<ForgeComment> {
    const address = url ?? (await dialect.readUrl?.(id));
    if (address === undefined)
      throw forgeErrors.answer_invalid(`${what}: the answer does not say where the comment is`);
    return { id: String(id), body, url: address };
  }

  return {
    name: dialect.name,
    maxCommentChars: dialect.maxCommentChars,
    async listComments(marker) {
      const what = `comments of ${place}`;
      const mine = await dialect.readMyId();
      const found: RawComment[] = [];
      const pathOf = (page: number): string => `${path}?${dialect.listQuery}&page=${page}`;
      for await (const item of listItems(api, pathOf, what)) {
        const comment = parseComment(item, author, what);
        if (comment.authorId === mine && hasMarker(comment.body, marker)) found.push(comment);
      }
      // Numbers grow with time on all three.
      found.sort((a, b) => a.id - b.id);
      return Promise.all(found.map((comment) => finish(comment, what)));
    },
    async createComment(body) {
      const what = `new comment on ${place}`;
      const answer = await api.send({ method: 'POST', path, body: { body }, what, isRepeatable: false });
      return finish(parseComment(answer.value, author, what), what);
    },
    async updateComment(id, body) {
      const what = `comment ${id} of ${place}`;
      const call = { method: dialect.updateMethod, path: onePath(id), body: { body }, what };
      const answer = await api.send({ ...call, isRepeatable: true });
      return finish(parseComment(answer.value, author, what), what);
    },
    async deleteComment(id) {
      const what = `comment ${id} of ${place}`;
      try {
        await api.send({ method: 'DELETE', path: onePath(id), what, isRepeatable: true });
      } catch (error) {
        // Gone already, perhaps by the first of two tries.
        if (!isPlimsollError(error, { code: forgeErrors.target_missing.code })) throw error;
      }
    },
  };
}
