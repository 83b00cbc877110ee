// The columns of findings, for the table of one fix and for the flat one.
import type { Finding } from '../../../../src/entry/http/contract.ts';
import { Severity } from '../../components/severity.tsx';
import type { Column } from '../../components/table.tsx';

const severity: Column<Finding> = {
  key: 'severity',
  title: 'Severity',
  sort: 'severity',
  className: 'cell-severity',
  cell: (finding) => (
    <>
      <Severity severity={finding.severity} />{' '}
      {finding.exploited ? <span className="severity is-critical">exploited</span> : null}
    </>
  ),
};

const id: Column<Finding> = {
  key: 'id',
  title: 'Vulnerability',
  sort: 'id',
  className: 'cell-id',
  cell: (finding) => <code>{finding.id}</code>,
};

const fixed: Column<Finding> = {
  key: 'fix',
  title: 'Fixed in',
  sort: 'fix',
  className: 'cell-fixed',
  cell: (finding) =>
    finding.fixedVersion ? (
      <code>{finding.fixedVersion}</code>
    ) : (
      <span className="quiet">{finding.note ?? 'no fix yet'}</span>
    ),
};

/** Under the package on a phone, where the other columns have no room. */
const grouped: Column<Finding> = {
  key: 'package',
  title: 'Package',
  className: 'cell-package',
  cell: (finding) => (
    <>
      {finding.package.name} <span className="quiet">{finding.package.version}</span>
      <span className="on-phone small quiet">
        {finding.id}
        {finding.fixedVersion ? <span className="on-phone">fixed in {finding.fixedVersion}</span> : null}
      </span>
    </>
  ),
};

const flat: Column<Finding> = {
  key: 'package',
  title: 'Package',
  sort: 'package',
  className: 'cell-package',
  cell: (finding) => (
    <>
      {finding.package.name} <span className="quiet">{finding.package.version}</span>
    </>
  ),
};

const layer: Column<Finding> = {
  key: 'layer',
  title: 'Layer',
  className: 'number',
  cell: (finding) => finding.package.layerPosition + 1,
};

export const GROUPED_COLUMNS: readonly Column<Finding>[] = [severity, id, grouped, fixed];
export const FLAT_COLUMNS: readonly Column<Finding>[] = [severity, id, flat, fixed, layer];

/** Two findings of one id and package differ by where the package lies. */
export function keyOfFinding(finding: Finding, at: number): string {
  return `${finding.id} ${finding.package.purl} ${finding.package.path} ${finding.evidence.recordId} ${at}`;
}

export function labelFinding(finding: Finding): string {
  return `Evidence of ${finding.id} in ${finding.package.name}`;
}
