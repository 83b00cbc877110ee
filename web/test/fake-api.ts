// A small server for developing and testing the pages without the product: the built UI under the
// content security policy that it must live with, and the API's answers from the fixtures.
// Run by hand: `node web/test/fake-api.ts [PORT]`, default 1876, where the dev server's proxy looks.
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import type {
  Finding,
  FindingList,
  Home,
  ImageDetail,
  PackageList,
  Problem,
  RepositoryDetail,
  RepositoryRow,
} from '../../src/entry/http/contract.ts';
import type { BuildChangeList, IdentityList } from '../../src/entry/http/contract-identity.ts';
import type { MarkList } from '../../src/entry/http/contract-verdict.ts';
import { compareImages, listChanges } from './comparison-fixture.ts';
import { createImage, createImages, type FakeImage, HOST } from './fixture.ts';
import { ago } from './report-fixture.ts';
import { listMoves } from './tag-fixture.ts';

const DIST = join(import.meta.dirname, '../../dist/web');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
const SEVERITIES = ['unknown', 'negligible', 'low', 'medium', 'high', 'critical'];

export interface FakeWorld {
  images: FakeImage[];
  /** Answers every API request with this problem instead. */
  problem?: Problem | undefined;
}

export interface FakeServer extends AsyncDisposable {
  readonly address: string;
  readonly world: FakeWorld;
  /** Lets the image that is being indexed reach its verdict. */
  finish(): void;
}

/** Serves on loopback; port 0 takes any that is free. */
export async function startFakeServer(port = 0): Promise<FakeServer> {
  const world: FakeWorld = { images: createImages() };
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const answered = url.pathname.startsWith('/api/') ? answerApi(world, url) : answerFile(url.pathname);
    void Promise.resolve(answered).then(({ status, type, body }) => {
      response.writeHead(status, { 'content-type': type, 'content-security-policy': "default-src 'self'" });
      response.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    world,
    finish: () => {
      const done = createImage({
        seed: 7,
        repository: 'fresh/app',
        tag: '1.0',
        hoursAgo: 0.01,
        outcome: 'pass',
      });
      world.images = world.images.map((image) => (image.row.repository === 'fresh/app' ? done : image));
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Answer {
  status: number;
  type: string;
  body: string | Buffer;
}

async function answerFile(pathname: string): Promise<Answer> {
  const path =
    extname(pathname) in TYPES && !pathname.startsWith('/r/') ? normalize(pathname) : '/index.html';
  const body = await readFile(join(DIST, path)).catch(() => undefined);
  if (body === undefined) return { status: 404, type: 'text/plain', body: 'no such file' };
  return { status: 200, type: TYPES[extname(path)] ?? 'application/octet-stream', body };
}

function answerApi(world: FakeWorld, url: URL): Answer {
  if (world.problem) return formatProblem(world.problem);
  const path = decodeURIComponent(url.pathname.slice('/api/v1/'.length));
  const value = findAnswer(world, path, url.searchParams);
  return value === undefined
    ? formatProblem(createMissing(path))
    : { status: 200, type: 'application/json', body: JSON.stringify(value) };
}

function findAnswer(world: FakeWorld, path: string, query: URLSearchParams): unknown {
  if (path === 'self') return { kind: 'anonymous', isAdmin: false, canSignIn: true };
  if (path === 'home') return createHome(world);
  if (path === 'advisories') return createHome(world).advisories;
  if (path === 'search') return search(world, query.get('q') ?? '');
  if (path === 'repositories') return { repositories: listRepositories(world) };
  if (path === 'compare') return compareImages(world.images, query);
  const changes = /^repositories\/(.+)\/-\/changes$/.exec(path);
  if (changes) return { changes: listChanges(world.images, changes[1] ?? '', query) };
  const history = /^repositories\/(.+)\/-\/history\/([^/]+)$/.exec(path);
  if (history) return listMoves(world.images, history[1] ?? '', history[2] ?? '', query);
  const image = /^repositories\/(.+)\/-\/images\/([^/]+)(?:\/(findings|packages|sbom|marks))?$/.exec(path);
  if (image) return answerImage(world, image[1] ?? '', image[2] ?? '', image[3], query);
  const signers = /^repositories\/(.+)\/-\/identities$/.exec(path);
  if (signers) return createNoSigners(signers[1] ?? '');
  const builds = /^repositories\/(.+)\/-\/tags\/([^/]+)\/build-changes$/.exec(path);
  if (builds)
    return { repository: builds[1] ?? '', tag: builds[2] ?? '', moves: [] } satisfies BuildChangeList;
  const tags = /^repositories\/(.+)\/-\/tags$/.exec(path);
  const name = tags?.[1] ?? path.slice('repositories/'.length);
  const images = world.images.filter(({ row }) => row.repository === name);
  if (images.length === 0) return undefined;
  if (tags)
    return { tags: images.map(({ row }) => row).filter(({ tag }) => tag?.includes(query.get('q') ?? '')) };
  return {
    name,
    isPublic: true,
    createdAt: ago(5000),
    updatedAt: images[0]?.row.pushedAt ?? ago(1),
    tags: images.length,
    registryHost: HOST,
    pulls: pullsOf(name),
  } satisfies RepositoryDetail;
}

/** Nobody has signed: what signers look like, test/browser/signers.test.ts sees with the real server. */
function createNoSigners(repository: string): IdentityList {
  return {
    repository,
    outcome: 'none',
    answer: 'Nobody has signed its images.',
    identities: [],
    unproved: [],
    mayDecide: false,
  };
}

/** Known for long; known for days alone. */
function pullsOf(name: string): RepositoryDetail['pulls'] {
  if (name.startsWith('fresh/')) return { since: ago(75), total: 0, last30Days: 0 };
  return { since: ago(9000), total: 4321, last30Days: 1234, lastAt: ago(75) };
}

function createHome(world: FakeWorld): Home {
  const summaries = world.images.flatMap(({ row }) => row.summary ?? []);
  const refreshed = { records: 1000, sizeBytes: 9_000_000, coverage: 'affected' as const };
  return {
    version: '0.1.0',
    registryHost: HOST,
    newest: world.images.map(({ row }) => row),
    totals: {
      repositories: listRepositories(world).length,
      images: world.images.length,
      packages: summaries.reduce((sum, { packages }) => sum + packages, 0),
      judgedPackages: summaries.reduce((sum, { judged }) => sum + judged, 0),
    },
    advisories: {
      feeds: [
        {
          feed: 'debian',
          title: 'Debian security tracker',
          refreshedAt: ago(3),
          scopes: ['Debian:12'],
          ...refreshed,
        },
        { feed: 'osv-go', title: 'OSV, Go', refreshedAt: ago(2), scopes: ['Go'], ...refreshed },
        {
          feed: 'alpine',
          title: 'Alpine secdb',
          refreshedAt: ago(2),
          scopes: ['Alpine:v3.19'],
          ...refreshed,
        },
      ],
      oldestAt: ago(3),
      refreshing: false,
    },
  };
}

function listRepositories(world: FakeWorld): RepositoryRow[] {
  const groups = Map.groupBy(world.images, ({ row }) => row.repository);
  return [...groups].map(([name, images]) => {
    const newest = images[0]?.row;
    return {
      name,
      isPublic: true,
      tags: images.length,
      updatedAt: newest?.pushedAt ?? ago(1),
      ...(newest ? { newest } : {}),
    };
  });
}

function search(world: FakeWorld, q: string): unknown {
  const hits = (test: (image: FakeImage) => boolean, why: string) =>
    world.images.filter(test).map(({ row }) => ({ image: row, why }));
  return {
    repositories: listRepositories(world).filter(({ name }) => name.includes(q)),
    packages: hits(({ packages }) => packages.some(({ name }) => name === q), `${q} 1.0.0-1`),
    vulnerabilities: hits(({ findings }) => findings.some(({ id }) => id === q), `${q} in libexpat1`),
  };
}

function answerImage(
  world: FakeWorld,
  name: string,
  reference: string,
  part: string | undefined,
  query: URLSearchParams,
): unknown {
  const image = world.images.find(
    ({ row }) => row.repository === name && (row.tag === reference || row.digest === reference),
  );
  if (!image) return undefined;
  if (part === 'findings') return listFindings(image, query);
  if (part === 'packages') return listPackages(image, query);
  if (part === 'sbom') return { format: query.get('format') };
  if (part === 'marks')
    return { repository: name, digest: image.detail.digest, marks: [] } satisfies MarkList;
  const platform = query.get('platform') ?? image.detail.platform;
  const shown = image.detail.platforms.find((one) => one.platform === platform);
  const { tag, ...untagged } = image.detail;
  const detail: ImageDetail = reference.includes(':')
    ? { ...untagged, otherTags: tag ? [tag] : [] }
    : image.detail;
  return { ...detail, reference, platform, imageDigest: shown?.digest ?? detail.imageDigest };
}

function listFindings(image: FakeImage, query: URLSearchParams): FindingList {
  const wanted = query.get('severity')?.split(',');
  const q = query.get('q') ?? '';
  const findings = image.findings
    .filter(({ severity }) => !wanted || wanted.includes(severity))
    .filter((one) => query.get('fixable') !== 'true' || one.fixedVersion !== undefined)
    .filter((one) => one.id.includes(q) || one.package.name.includes(q));
  const keys: Record<string, (one: Finding) => string> = {
    severity: ({ severity }) => String(SEVERITIES.indexOf(severity)),
    id: ({ id }) => id,
    package: (one) => one.package.name,
    fix: (one) => one.fixedVersion ?? '',
  };
  const sorted = sortBy(
    findings,
    keys[query.get('sort') ?? 'severity'] ?? String,
    query.get('order') ?? 'desc',
  );
  const offset = Number(query.get('offset') ?? 0);
  return {
    findings: sorted.slice(offset, offset + Number(query.get('limit') ?? 100)),
    total: sorted.length,
    offset,
  };
}

function listPackages(image: FakeImage, query: URLSearchParams): PackageList {
  const layer = query.get('layer');
  const packages = image.packages
    .filter(({ name }) => name.includes(query.get('q') ?? ''))
    .filter(({ type }) => type === (query.get('type') ?? type))
    .filter(({ locations }) => layer === null || locations[0]?.layerPosition === Number(layer));
  const sorted = sortBy(
    packages,
    (one) => (query.get('sort') === 'type' ? one.type : one.name),
    query.get('order') ?? 'asc',
  );
  const offset = Number(query.get('offset') ?? 0);
  return {
    packages: sorted.slice(offset, offset + Number(query.get('limit') ?? 100)),
    total: sorted.length,
    offset,
  };
}

function sortBy<T>(rows: readonly T[], keyOf: (row: T) => string, order: string): T[] {
  const sign = order === 'desc' ? -1 : 1;
  return rows.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -sign : keyOf(a) > keyOf(b) ? sign : 0));
}

function formatProblem(problem: Problem): Answer {
  return { status: problem.status, type: 'application/problem+json', body: JSON.stringify(problem) };
}

function createMissing(path: string): Problem {
  return {
    type: 'about:blank',
    title: 'Not here',
    status: 404,
    code: 'registry.image_unknown',
    detail: `There is nothing at ${path}.`,
    hint: 'Check the spelling, or look for it in the list of repositories.',
    requestId: 'req-1',
  };
}

if (import.meta.main) {
  const server = await startFakeServer(Number(process.argv[2] ?? 1876));
  console.log(server.address);
}
