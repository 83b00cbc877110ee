// The tabs of an image in the order in which people ask, each with its own address.
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { ImageDetail, ImageReport } from '../../../../src/entry/http/contract.ts';
import { ImageLink } from '../../components/links.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { formatCount } from '../../format.ts';
import { formatPagePath, type ImageTab, type PageQuery } from '../../page-path.ts';
import type { ImagePath } from '../image.tsx';
import { ConfigurationTab } from './configuration-tab.tsx';
import { FindingsTab } from './findings-tab.tsx';
import { FixTab } from './fix-tab.tsx';
import { LayersTab } from './layers-tab.tsx';
import { PackagesTab } from './packages-tab.tsx';
import { TrustTab } from './trust-tab.tsx';

export interface ImageTabProps {
  path: ImagePath;
  query: PageQuery;
  image: ImageDetail;
  report: ImageReport;
}

const TITLES: Readonly<Record<ImageTab, string>> = {
  fix: 'What to fix',
  findings: 'Findings',
  packages: 'Packages',
  trust: 'Trust',
  layers: 'Layers',
  configuration: 'Configuration',
};

export function ImageTabs(props: ImageTabProps) {
  const { path, query, report } = props;
  const navigate = useNavigate();
  const search = { platform: query.platform };
  const counts: Partial<Record<ImageTab, number | undefined>> = {
    // A bare 0 would look clean: what was not judged is told in the tab.
    fix: report.fixes.filter(({ fixable }) => fixable).length || undefined,
    findings: report.totals.findings || undefined,
    packages: report.totals.packages,
    layers: report.layers.length,
  };
  const tabs = (Object.keys(TITLES) as ImageTab[]).map((tab) => ({
    value: tab,
    title: <Title text={TITLES[tab]} count={counts[tab]} />,
    link: (
      <ImageLink
        repository={path.repository}
        reference={path.reference}
        tab={tab}
        query={search}
        keepScroll
      />
    ),
  }));
  const onChange = (tab: string) => {
    const params = { _splat: formatPagePath({ ...path, tab: tab as ImageTab }) };
    void navigate({ to: '/r/$', params, search, resetScroll: false });
  };
  return (
    <Tabs label="About this image" tabs={tabs} value={path.tab} onChange={onChange}>
      {renderTab(props)}
    </Tabs>
  );
}

function Title({ text, count }: { text: string; count: number | undefined }) {
  return (
    <>
      <span data-text={text}>{text}</span>
      {count === undefined ? null : <small>{formatCount(count)}</small>}
    </>
  );
}

function renderTab(props: ImageTabProps): ReactNode {
  switch (props.path.tab) {
    case 'fix':
      return <FixTab {...props} />;
    case 'findings':
      return <FindingsTab {...props} />;
    case 'packages':
      return <PackagesTab {...props} />;
    case 'trust':
      return <TrustTab image={props.image} platform={props.query.platform} />;
    case 'layers':
      return <LayersTab {...props} />;
    case 'configuration':
      return <ConfigurationTab report={props.report} />;
  }
}
