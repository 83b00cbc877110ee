// One image: everything its page needs at once; its findings and packages as tables that filter, sort and
// page; its SBOM. What a report holds is frozen, so paging is by offset.
import type { Finding as FoundFinding } from '../../../engines/advisory/finding.ts';
import { isFixable } from '../../../engines/advisory/group-by-fix.ts';
import { type Severity, severities } from '../../../engines/advisory/record.ts';
import { parseDigest } from '../../../formats/oci/digest.ts';
import type { AdvisoryShelf } from '../../../io/advisories/store.ts';
import { formatInstant } from '../../../kit/clock.ts';
import type { Catalogue } from '../../../services/hub/catalogue.ts';
import { hubErrors } from '../../../services/hub/errors.ts';
import type { Images, StoredImage } from '../../../services/hub/images.ts';
import type { ImageReport } from '../../../services/hub/report.ts';
import { formatSbom, sbomMediaTypes, stampOf } from '../../../services/hub/sbom-document.ts';
import type { StoredLineage } from '../../../services/hub/stored-lineage.ts';
import * as contract from '../contract.ts';
import { httpErrors } from '../errors.ts';
import { shapeLineage } from './lineage-shape.ts';
import { listPackages } from './packages.ts';
import { shapeFinding, shapeReport } from './report-shape.ts';
import { findRepository } from './repositories.ts';
import { type ApiCall, type ApiRoute, documentRoute, jsonRoute } from './route.ts';
import { shapeScan } from './shape.ts';

export interface ImageRouteParts {
  readonly catalogue: Catalogue;
  readonly images: Images;
  readonly lineage: Pick<StoredLineage, 'trace' | 'knownImages'>;
  readonly shelf: AdvisoryShelf;
  readonly version: string;
}

const PATH = '/api/v1/repositories/{name}/-/images/{reference}';

export function createImageRoutes(parts: ImageRouteParts): readonly ApiRoute[] {
  return [
    jsonRoute({
      method: 'get',
      path: `${PATH}/findings`,
      summary: 'Findings of an image, filtered, sorted and paged',
      query: contract.findingQuery,
      answer: contract.findingList,
      errors: [400, 404],
      handle: async (call) => listFindings(await readReport(parts, call), call.query),
    }),
    jsonRoute({
      method: 'get',
      path: `${PATH}/packages`,
      summary: 'Packages of an image, filtered, sorted and paged',
      query: contract.packageQuery,
      answer: contract.packageList,
      errors: [400, 404],
      handle: async (call) => listPackages(await readReport(parts, call), call.query),
    }),
    documentRoute({
      method: 'get',
      path: `${PATH}/sbom`,
      summary: 'The SBOM: SPDX 2.3, or CycloneDX 1.6 with the findings as vulnerabilities',
      query: contract.sbomQuery,
      answer: Object.values(sbomMediaTypes),
      errors: [400, 404],
      async handle(call) {
        const report = await readReport(parts, call);
        const { format } = call.query;
        const name = `${call.params.name}-${call.params.reference}`.replace(/[^A-Za-z0-9._-]+/g, '-');
        return {
          mediaType: sbomMediaTypes[format],
          body: formatSbom(report, format, stampOf(report, format, parts.version)),
          fileName: `${name}.${format === 'spdx' ? 'spdx' : 'cdx'}.json`,
        };
      },
    }),
    jsonRoute({
      method: 'get',
      path: '/api/v1/images/by-layers',
      summary: 'Images of which all layers are the lowest of these, those with most layers first',
      query: contract.layersQuery,
      answer: contract.knownImageList,
      errors: [400],
      async handle({ viewer, query, registryHost: host }) {
        const diffIds = query.diff_id.map(parseDigest);
        const images = await parts.lineage.knownImages.findByLayers(diffIds, { viewer, host });
        return {
          images: images.map((image) => ({
            ...image,
            indexDigests: [...image.indexDigests],
            references: [...image.references],
          })),
        };
      },
    }),
    jsonRoute({
      method: 'get',
      path: PATH,
      summary: 'An image: what its tag or digest names, how far its scan is, and its report',
      query: contract.imageQuery,
      answer: contract.imageDetail,
      errors: [400, 404],
      handle: (call) => showImage(parts, call),
    }),
  ];
}

type ImageCall = ApiCall<{ readonly platform?: string | undefined }>;

/** `hub.repository_missing`, `hub.image_missing`, `oci.platform_missing`. */
export async function findImage(
  { catalogue, images }: Pick<ImageRouteParts, 'catalogue' | 'images'>,
  call: ImageCall,
): Promise<StoredImage> {
  const repository = await findRepository(catalogue, call.viewer, call.params);
  const reference = call.params.reference ?? '';
  const image = await images.find(repository, reference, call.query.platform);
  if (image === undefined)
    throw hubErrors.image_missing(`${repository.name} has no "${reference.slice(0, 128)}"`);
  return image;
}

async function readReport(parts: ImageRouteParts, call: ImageCall): Promise<ImageReport> {
  const image = await findImage(parts, call);
  const report = image.shown === undefined ? undefined : await parts.images.report(image.shown);
  if (report === undefined)
    throw hubErrors.report_pending(`${image.repository} ${call.params.reference} is ${image.scan.state}`);
  return report;
}

async function showImage(parts: ImageRouteParts, call: ImageCall): Promise<contract.ImageDetail> {
  const image = await findImage(parts, call);
  const { shown, manifest: _, platforms, scan, pushedAt, otherTags, ...rest } = image;
  const report = shown === undefined ? undefined : await parts.images.report(shown);
  return {
    ...rest,
    reference: call.params.reference ?? '',
    otherTags: [...otherTags],
    ...(shown === undefined ? {} : { imageDigest: shown.digest }),
    ...(shown?.platform === undefined ? {} : { platform: shown.platform }),
    platforms: platforms.map(({ platform, digest, scan: one, summary }) => ({
      platform: platform ?? 'unknown',
      digest,
      scan: shapeScan(one),
      ...(summary === undefined ? {} : { summary }),
    })),
    pushedAt: formatInstant(pushedAt),
    registryHost: call.registryHost,
    scan: shapeScan(scan),
    ...(report === undefined ? {} : { report: await showReport(parts, call, report) }),
  };
}

/** The base is found for this viewer at this moment: what the report holds was found for rules. */
async function showReport(
  parts: ImageRouteParts,
  call: ImageCall,
  report: ImageReport,
): Promise<contract.ImageReport> {
  const asker = { viewer: call.viewer, host: call.registryHost };
  const lineage = await parts.lineage.trace(report.subject, asker);
  return { ...shapeReport(report, await readFeedTimes(parts.shelf)), ...shapeLineage(lineage) };
}

async function readFeedTimes(shelf: AdvisoryShelf): Promise<ReadonlyMap<string, number>> {
  await using store = await shelf.open();
  return new Map(store.feeds().map((feed) => [feed.feed, feed.refreshedAt]));
}

function listFindings(report: ImageReport, query: contract.FindingQuery): contract.FindingList {
  const wanted = readSeverities(query.severity);
  const text = query.q?.toLowerCase();
  const kept = report.matching.findings
    .filter((finding) => wanted === undefined || wanted.has(finding.severity))
    .filter((finding) => query.fixable === undefined || String(isFixable(finding)) === query.fixable)
    .filter((finding) => text === undefined || isAbout(finding, text));
  const sorted = sortFindings(kept, query);
  return {
    findings: sorted.slice(query.offset, query.offset + query.limit).map(shapeFinding),
    total: kept.length,
    offset: query.offset,
  };
}

function isAbout(finding: FoundFinding, text: string): boolean {
  const { name, matchedName } = finding.package;
  return [finding.id, ...finding.aliases, name, matchedName, finding.summary ?? ''].some((field) =>
    field.toLowerCase().includes(text),
  );
}

/** Stable: what the order does not tell apart stays most severe first. */
function sortFindings(
  findings: readonly FoundFinding[],
  { sort, order }: contract.FindingQuery,
): readonly FoundFinding[] {
  const sign = order === 'asc' ? 1 : -1;
  if (sort === 'severity')
    return findings.toSorted(
      (a, b) => sign * (severities.indexOf(b.severity) - severities.indexOf(a.severity)),
    );
  const keyOf = (finding: FoundFinding): string =>
    sort === 'id' ? finding.id : sort === 'package' ? finding.package.name : (finding.fixedVersion ?? '');
  const collator = new Intl.Collator('en', { numeric: true });
  return findings.toSorted((a, b) => sign * collator.compare(keyOf(a), keyOf(b)));
}

function readSeverities(text: string | undefined): ReadonlySet<Severity> | undefined {
  if (text === undefined || text === '') return undefined;
  const names = text.split(',');
  const known = names.filter((name): name is Severity => severities.includes(name as Severity));
  if (known.length !== names.length)
    throw httpErrors.query_invalid(
      `severity is one or several of ${severities.join(', ')}, with commas between`,
    );
  return new Set(known);
}
