// Members of a foreign JSON document, each read as what it must be or as absent.
import { isJsonObject, type Json, type JsonObject } from '../../../kit/json.ts';
import { limits } from '../../../kit/limits.ts';
import { sbomErrors } from '../errors.ts';
import type { Fact } from '../facts/fact.ts';

/** Text with something in it. */
export function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

export function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** The elements of a list; none where it is no list. */
export function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

export function objectsOf(value: Json | undefined): readonly JsonObject[] {
  return listOf(value).filter(isJsonObject);
}

/** The list of packages, absent or a list; `sbom.invalid` for anything else, `sbom.unsupported` over the limit. */
export function packageList(value: Json | undefined, member: string): readonly Json[] {
  const list = listOf(value);
  checkCount(list.length);
  if (value === undefined || Array.isArray(value)) return list;
  throw sbomErrors.invalid(`the document’s "${member}" is no list`);
}

/** `sbom.unsupported` where there are more packages than are judged. */
export function checkCount(packages: number): void {
  if (packages <= limits.sbomPackages) return;
  throw sbomErrors.unsupported(`the document lists more than ${limits.sbomPackages} packages`);
}

/** CycloneDX properties; those without a value are left out. */
export function propertiesOf(value: Json | undefined): readonly Fact[] {
  return objectsOf(value).flatMap((one) =>
    typeof one.name === 'string' && typeof one.value === 'string'
      ? [{ name: one.name, value: one.value }]
      : [],
  );
}
