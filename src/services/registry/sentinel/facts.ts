// What a move of a tag is judged by: facts that lie in this instance, and nothing else. What is not known is said
// to be so with its reason, and never taken for either answer.
import type { Digest } from '../../../formats/oci/digest.ts';

/** `log` says what is suspicious and lets it happen, `hold` keeps such a tag where it was, `off` judges nothing. */
export type SentinelMode = 'off' | 'log' | 'hold';

/** Known, or why it is not. */
export type Fact<T> = { readonly value: T } | { readonly why: string };

export interface ProvenanceFacts {
  /** Without the run and the ref, which change with every build. */
  readonly builder?: string;
  /** Repository and path of the workflow. */
  readonly workflow?: string;
  /** The source's repository, without scheme prefix, `.git` and ref. */
  readonly source?: string;
}

/** How a container of one platform starts, and when it was made. */
export interface PlatformFacts {
  readonly platform: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly user: string;
  /** Epoch milliseconds, by the image's own word. */
  readonly createdAt?: number;
}

export interface ImageFacts {
  readonly digest: Digest;
  readonly platforms: Fact<readonly string[]>;
  /** One for each platform that could be read. */
  readonly configs: Fact<readonly PlatformFacts[]>;
  /** A signature hangs on it; whose it is, is not asked here. */
  readonly isSigned: boolean;
  /** Whose proved signatures hang on it that no owner expects, where one said whose are expected. */
  readonly unexpectedSigners: readonly string[];
  /** Undefined: it has none. */
  readonly provenance: Fact<ProvenanceFacts | undefined>;
  /** `org.opencontainers.image.source`. */
  readonly statedSource?: string;
  /** `type name` of each package, versions aside. */
  readonly packages: Fact<ReadonlySet<string>>;
}

export interface MoveFacts {
  readonly repository: string;
  readonly tag: string;
  /** There was no such tag; `before` is then what the repository's last move pointed at. */
  readonly isNew: boolean;
  /** The tag is a full release version. */
  readonly isRelease: boolean;
  /** Who, and how they proved it. */
  readonly credential: string;
  readonly isKnownCredential: Fact<boolean>;
  /** Tags of the repository that moved within the last minutes, this push included; and the most that ever did. */
  readonly burst: Fact<{ readonly tags: number; readonly mostBefore: number }>;
  readonly before: ImageFacts;
  readonly after: ImageFacts;
  /** What the tag was before that, the last first; read only where the two differ in what it is asked for. */
  readonly earlier: readonly ImageFacts[];
}

/** What one rule says of a move. */
export type Finding =
  | { readonly kind: 'clean' }
  | { readonly kind: 'suspicious'; readonly why: string }
  | { readonly kind: 'unknown'; readonly why: string };

export interface SentinelRule {
  /** Stands in the log, the API and the documents. */
  readonly id: string;
  /** One sentence: what it looks for. */
  readonly title: string;
  /** Whether it says anything of a tag that was not there before. */
  readonly isForNew: boolean;
  /** Whether what it looks at may come later than the push: a signature, a provenance, a scan. */
  readonly isJudgedAgain: boolean;
  judge(facts: MoveFacts): Finding;
}

export interface Suspicion {
  readonly rule: string;
  readonly why: string;
}

export const clean: Finding = Object.freeze({ kind: 'clean' });

export function suspicious(why: string): Finding {
  return { kind: 'suspicious', why };
}

export function unknown(why: string): Finding {
  return { kind: 'unknown', why };
}
