// Every route of the API, in the order in which they are tried: longer addresses before those they begin with.
import { type AccountRouteParts, createAccountRoutes } from './accounts.ts';
import { type AdvisoryRouteParts, createAdvisoryRoutes } from './advisories.ts';
import { type CertificateRouteParts, createCertificateRoutes } from './certificates.ts';
import { type ComparisonRouteParts, createComparisonRoutes } from './comparisons.ts';
import { createDamageRoutes, type DamageRouteParts } from './damage.ts';
import { createHealthRoutes, type HealthParts } from './health.ts';
import { createHomeRoutes, type HomeParts } from './home.ts';
import { createIdentityRoutes, type IdentityRouteParts } from './identities.ts';
import { createIdentityTokenRoutes, type IdentityTokenParts } from './identity-token.ts';
import { createImageRoutes, type ImageRouteParts } from './images.ts';
import { createKeyRoutes, type KeyRouteParts } from './keys.ts';
import { createMarkRoutes, type MarkRouteParts } from './marks.ts';
import { createNamespaceRoutes, type NamespaceRouteParts } from './namespaces.ts';
import { createPartRoutes, type PartRouteParts } from './parts.ts';
import { createPullRoutes, type PullRouteParts } from './pulls.ts';
import { createQuotaRoutes, type QuotaRouteParts } from './quotas.ts';
import { createRepositoryRoutes, type RepositoryRouteParts } from './repositories.ts';
import { createRepositoryRetentionRoutes, type RepositoryRetentionParts } from './repository-retention.ts';
import { createRetentionRoutes, type RetentionRouteParts } from './retention.ts';
import { createRightsRoutes, type RightsRouteParts } from './rights.ts';
import type { ApiRoute } from './route.ts';
import { createSentinelRoutes, type SentinelRouteParts } from './sentinel.ts';
import { createSignatureRoutes, type SignatureRouteParts } from './signatures.ts';
import { createStorageRoutes, type StorageRouteParts } from './storage.ts';
import { createTagRoutes, type TagRouteParts } from './tags.ts';
import { createWebhookRoutes, type WebhookRouteParts } from './webhooks.ts';

export interface RouteParts
  extends HomeParts,
    ImageRouteParts,
    IdentityTokenParts,
    IdentityRouteParts,
    SignatureRouteParts,
    MarkRouteParts,
    KeyRouteParts,
    ComparisonRouteParts,
    AdvisoryRouteParts,
    TagRouteParts,
    SentinelRouteParts,
    WebhookRouteParts,
    AccountRouteParts,
    CertificateRouteParts,
    PartRouteParts,
    NamespaceRouteParts,
    QuotaRouteParts,
    RightsRouteParts,
    StorageRouteParts,
    DamageRouteParts,
    RetentionRouteParts,
    RepositoryRetentionParts,
    RepositoryRouteParts,
    PullRouteParts,
    HealthParts {}

export function listApiRoutes(parts: RouteParts): readonly ApiRoute[] {
  return [
    ...createHomeRoutes(parts),
    ...createComparisonRoutes(parts),
    ...createSignatureRoutes(parts),
    ...createMarkRoutes(parts),
    ...createIdentityRoutes(parts),
    ...createKeyRoutes(parts),
    ...createImageRoutes(parts),
    ...createDamageRoutes(parts),
    ...createStorageRoutes(parts),
    ...createRetentionRoutes(parts),
    ...createRepositoryRetentionRoutes(parts),
    ...createPullRoutes(parts),
    ...createSentinelRoutes(parts),
    ...createTagRoutes(parts),
    ...createRightsRoutes(parts),
    ...createQuotaRoutes(parts),
    ...createCertificateRoutes(parts),
    ...createPartRoutes(parts),
    ...createNamespaceRoutes(parts),
    ...createAccountRoutes(parts),
    ...createRepositoryRoutes(parts),
    ...createAdvisoryRoutes(parts),
    ...createWebhookRoutes(parts),
    ...createIdentityTokenRoutes(parts),
    ...createHealthRoutes(parts),
  ];
}
