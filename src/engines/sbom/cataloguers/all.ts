// Every cataloguer. Adding one: its file, its line here, its fixture.
import { apkCataloguer } from './apk.ts';
import type { Cataloguer } from './cataloguer.ts';
import { debCataloguer } from './deb.ts';
import { goBinaryCataloguer } from './go-binary.ts';
import { npmCataloguer } from './npm.ts';
import { pythonCataloguer } from './python.ts';

/** In this order a file's wish is decided: those that know a path by name before those that look inside. */
export const cataloguers: readonly Cataloguer[] = Object.freeze([
  debCataloguer,
  apkCataloguer,
  npmCataloguer,
  pythonCataloguer,
  goBinaryCataloguer,
]);
