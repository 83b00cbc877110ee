// What a pull request's job has around it, all real but the forge: an engine with local images, a registry with the
// bases, advisories, and the two commands that make the comment.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Comparison } from '../../src/engines/compare/comparison.ts';
import { root } from '../house.ts';
import { type ForgeServer, project, pullNumber, startForge } from '../world/forges.ts';
import { runStep } from '../world/runner.ts';
import { engineEnv } from './engine.ts';
import { createEngineStore, type EngineStore } from './engine-store.ts';
import { password, plimsoll, run, runAsync, sharedFolder, startProduct } from './world.ts';

export interface Surroundings extends AsyncDisposable {
  readonly folder: string;
  readonly store: EngineStore;
  readonly forge: ForgeServer;
  /** host:port of the registry. */
  readonly host: string;
  /** Of the commands. */
  readonly env: Readonly<Record<string, string>>;
  /** Advisories at hand; undefined where the shared folder is absent. */
  readonly feeds: string | undefined;
  /** Pushes a layout's image and answers with its digest. */
  pushBase(layout: string, name: string): string;
}

export async function startSurroundings(folder: string): Promise<Surroundings> {
  await using stack = new AsyncDisposableStack();
  const product = stack.use(await startProduct(join(folder, 'data')));
  const forge = stack.use(await startForge('github'));
  const store = createEngineStore(join(folder, 'e'));
  const engine = stack.use(await store.startService());
  assert.ok('address' in engine, JSON.stringify(engine));
  const shared = sharedFolder();
  const env = {
    ...engineEnv(folder, { CONTAINER_HOST: engine.address }),
    XDG_CACHE_HOME: join(folder, 'cache'),
    PLIMSOLL_INSTANCE: product.url,
    PLIMSOLL_FORGE_TOKEN: forge.token,
  };
  const feeds = shared === undefined ? undefined : join(shared, 'feeds');
  if (feeds !== undefined) plimsoll(['advisories', 'refresh', '--quiet', '--from', feeds], { env });
  const started = stack.move();
  return {
    folder,
    store,
    forge,
    host: product.host,
    env,
    feeds,
    pushBase(layout, name) {
      const login = ['--dest-tls-verify=false', '--dest-creds', `admin:${password}`];
      const target = `docker://${product.host}/${name}`;
      run('skopeo', ['copy', '--quiet', ...login, '--preserve-digests', layout, target]);
      return run('skopeo', ['inspect', '--format', '{{.Digest}}', layout]).stdout.trim();
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

export interface CommentWish {
  /** What the pull request would ship, and what there is. */
  readonly image: string;
  readonly to: string;
  /** One comment for each key. */
  readonly key: string;
  readonly policy: string;
}

export interface WrittenComment {
  readonly comparison: Comparison;
  /** As the forge has it, with the marker. */
  readonly body: string;
  readonly id: number;
}

/**
 * The job's last step, as its workflow has it: the action compares two local images and writes the comment, which is
 * read back from the forge. Beside it the comparison as values, from the command.
 */
export async function writeComment(around: Surroundings, wish: CommentWish): Promise<WrittenComment> {
  const { env, forge, folder } = around;
  const { image, to, policy, key } = wish;
  const command = join(root, 'bin/plimsoll.js');
  const inputs = { command: 'compare', image, to, policy, 'comment-key': key };
  const { exitCode, log, outputs } = await runStep({
    with: { ...inputs, plimsoll: command, advisories: 'none' },
    folder: join(folder, `step-${key}`),
    forge,
    env,
  });
  assert.equal(exitCode, 0, log);
  const id = Number(/#issuecomment-(\d+)$/.exec(outputs['comment-url'] ?? '')?.[1]);
  const body = await readComment(forge, id);
  keep(body, key);
  const compare = ['compare', image, '--to', to, '--policy', policy, '--quiet', '--format', 'json'];
  // Not blocking: the forge answers in this process.
  const { stdout } = await runAsync(process.execPath, [command, ...compare], env);
  return { comparison: JSON.parse(stdout), body, id };
}

async function readComment(forge: ForgeServer, id: number): Promise<string> {
  const answer = await fetch(`${forge.apiUrl}/repos/${project}/issues/${pullNumber}/comments?per_page=100`, {
    headers: {
      authorization: `Bearer ${forge.token}`,
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
    },
  });
  const comments = (await answer.json()) as readonly { readonly id: number; readonly body: string }[];
  const found = comments.find((comment) => comment.id === id);
  assert.ok(found !== undefined, `comment ${id} among ${comments.length}`);
  return found.body;
}

/** PLIMSOLL_TEST_KEEP names a folder that gets the comments, to be read by a person. */
function keep(markdown: string, key: string): void {
  const folder = process.env.PLIMSOLL_TEST_KEEP;
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${key}.md`), markdown);
}

/** The project's rules, as they stand in its repository. */
export function formatPolicy(host: string): string {
  return `policies:
  - name: fixable-vulnerabilities
  - name: high-profile-vulnerabilities
  - name: non-root-user
  - name: no-agpl
  - name: approved-base-images
    config:
      allowed_base_images: ["${host}/official/*"]
  - name: no-stale-base-images
`;
}
