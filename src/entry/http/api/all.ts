// Every route of the API, in the order in which they are tried: longer addresses before those they begin with.
import { type AdvisoryRouteParts, createAdvisoryRoutes } from './advisories.ts';
import { createHealthRoutes, type HealthParts } from './health.ts';
import { createHomeRoutes, type HomeParts } from './home.ts';
import { createImageRoutes, type ImageRouteParts } from './images.ts';
import { createRepositoryRoutes } from './repositories.ts';
import type { ApiRoute } from './route.ts';

export interface RouteParts extends HomeParts, ImageRouteParts, AdvisoryRouteParts, HealthParts {}

export function listApiRoutes(parts: RouteParts): readonly ApiRoute[] {
  return [
    ...createHomeRoutes(parts),
    ...createImageRoutes(parts),
    ...createRepositoryRoutes(parts),
    ...createAdvisoryRoutes(parts),
    ...createHealthRoutes(parts),
  ];
}
