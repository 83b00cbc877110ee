// The port: the comments of one pull request (GitLab: merge request) on one forge, as the token's owner.
// Types only. Whether to create, update or delete is decided in put-comment.ts; adapters only carry it out.
import type { Clock, Random } from '../../kit/clock.ts';
import type { Http } from '../net/http.ts';

export const forgeKinds = Object.freeze(['github', 'gitlab', 'forgejo'] as const);
export type ForgeKind = (typeof forgeKinds)[number];

/** Which pull request. */
export interface ForgeTarget {
  /** Root of the API: `https://api.github.com`, `https://gitlab.com/api/v4`, `https://codeberg.org/api/v1`. */
  readonly apiUrl: string;
  /** OWNER/NAME; on GitLab the project's full path or its number. */
  readonly project: string;
  readonly number: number;
}

/** What every adapter is opened with. */
export interface ForgeDeps {
  readonly http: Http;
  readonly clock: Clock;
  readonly random: Random;
  readonly token: string;
  /** Ends everything under way. */
  readonly signal?: AbortSignal;
  /** How to wait when the forge asks to; tests hand in their own. */
  readonly wait?: (delayMs: number, signal?: AbortSignal) => Promise<void>;
}

export interface ForgeComment {
  readonly id: string;
  /** Markdown, as the forge keeps it. */
  readonly body: string;
  /** Where a person sees it. */
  readonly url: string;
}

/**
 * Every verb may throw `forges.unauthenticated`, `forges.denied`, `forges.target_missing`, `forges.rate_limited`,
 * `forges.answer_invalid`, `forges.unavailable`, and what the HTTP client refuses (`net.*`).
 */
export interface Forge {
  /** As people write it: `GitHub`. */
  readonly name: string;
  /** Longest body in UTF-16 units. */
  readonly maxCommentChars: number;
  /**
   * The comments that begin with the marker and that the token's owner wrote, oldest first. Somebody else's
   * comment with a copied marker is not among them: its author could change it later.
   */
  listComments(marker: string): Promise<readonly ForgeComment[]>;
  /**
   * Sent once, but for answers that say it was not taken. After `forges.unavailable` or `forges.answer_invalid`
   * the comment may exist: list before trying again. Also `forges.body_refused`.
   */
  createComment(body: string): Promise<ForgeComment>;
  /** Also `forges.body_refused`; `forges.target_missing` where the comment is gone. */
  updateComment(id: string, body: string): Promise<ForgeComment>;
  /** A comment that is already gone is deleted. */
  deleteComment(id: string): Promise<void>;
}
