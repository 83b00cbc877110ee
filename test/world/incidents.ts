// Attacks of 2025 and 2026 as scripts of pushes. What happened is told in docs/reference/incidents.md; a script does
// to tags here what was done to tags there, or would have been, where the packages were not images.
import type { ReleaseWish } from './release.ts';

export const source = 'https://git.example.org/acme/app';
export const builder = 'https://builders.example.org/hosted';
export const workflow = '.github/workflows/release.yml';
export const provenance = Object.freeze({ builder, source, workflow });

/** Who pushes: the project's robot, whose token was stolen, or a person's login that never pushed here. */
export type Pusher = 'robot' | 'stolen login';

export interface Incident {
  readonly name: string;
  /** Tags of images were moved or added in it; else its shape is replayed with tags. */
  readonly usedTags: boolean;
  readonly pusher: Pusher;
  readonly image: Omit<ReleaseWish, 'version' | 'createdAt'>;
  /** Made so many minutes after the push before; less than none is earlier. */
  readonly madeAfterMinutes?: number;
  readonly isSigned: boolean;
  /** Tags that are there, and new ones. */
  readonly tags: readonly string[];
  /** What must be caught, in the order of the rules. */
  readonly rules: readonly string[];
}

/** Tags of a repository before the attack, beside `latest`: moving ones that are no full versions. */
export const olderTags: readonly string[] = Array.from({ length: 8 }, (_, at) => `v0.${at}`);

export const incidents: readonly Incident[] = Object.freeze([
  {
    name: 'Trivy, March 2026',
    usedTags: true,
    pusher: 'robot',
    image: { entrypoint: ['/bin/sh', '-c', 'collect; exec /bin/app'] },
    isSigned: false,
    tags: ['0.69.4', '0.69.5', '0.69.6', 'latest', ...olderTags],
    rules: ['unsigned', 'provenance_lost', 'many_tags', 'start_changed'],
  },
  {
    name: 'KICS, April 2026',
    usedTags: true,
    pusher: 'stolen login',
    image: { provenance: { builder, source: 'https://git.example.org/stranger/app', workflow } },
    isSigned: false,
    tags: ['latest', 'v0.0', 'v0.1', 'v0.2', 'v0.3', 'v2.1.21', 'v2.1.21-debian'],
    rules: ['unsigned', 'workflow_changed', 'source_changed', 'new_credential', 'many_tags'],
  },
  {
    name: 'TanStack, May 2026',
    usedTags: false,
    pusher: 'robot',
    image: { provenance },
    isSigned: true,
    tags: ['latest', ...olderTags],
    rules: ['many_tags'],
  },
  {
    name: '@antv, May 2026',
    usedTags: false,
    pusher: 'robot',
    image: { provenance: { ...provenance, workflow: '.github/workflows/other.yml' } },
    isSigned: true,
    tags: ['latest'],
    rules: ['workflow_changed'],
  },
  {
    name: 'durabletask, May 2026',
    usedTags: false,
    pusher: 'stolen login',
    image: {},
    isSigned: false,
    tags: ['latest'],
    rules: ['unsigned', 'provenance_lost', 'new_credential'],
  },
  {
    name: 'node-ipc, May 2026',
    usedTags: false,
    pusher: 'stolen login',
    image: { provenance },
    isSigned: true,
    tags: ['latest'],
    rules: ['new_credential'],
  },
  {
    name: 'tj-actions, March 2025',
    usedTags: false,
    pusher: 'robot',
    image: {},
    isSigned: false,
    tags: olderTags,
    rules: ['unsigned', 'provenance_lost', 'many_tags'],
  },
]);
