// From a lineage to what the contract says of a base.
import type { Lineage } from '../../../engines/lineage/lineage.ts';
import type * as contract from '../contract.ts';

export function shapeLineage({
  base,
  unknowns,
}: Lineage): Pick<contract.ImageReport, 'base' | 'baseUnknowns'> {
  const baseUnknowns = [...unknowns];
  if (base === undefined) return { baseUnknowns };
  const { current, aliases, ...rest } = base;
  // A digest that nobody stated cannot be told apart from the present one.
  const isCurrent =
    current === undefined || base.digest === undefined ? undefined : current.digest === base.digest;
  return {
    base: { ...rest, aliases: [...aliases], ...(isCurrent === undefined ? {} : { isCurrent }) },
    baseUnknowns,
  };
}
