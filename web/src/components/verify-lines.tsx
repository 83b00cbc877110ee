// The lines that judge the image's signature elsewhere and offline: Plimsoll's command, and cosign. Whom to expect is
// what this browser keeps for the repository; where it keeps nobody the words to replace stand in capitals.
import { useState } from 'react';
import type { ImageDetail } from '../../../src/entry/http/contract.ts';
import { formatWord } from '../format.ts';
import { useExpected } from '../verify/expected-store.ts';
import type { ExpectedSigner } from '../verify/trust.ts';
import { CopyLine } from './copy-line.tsx';
import { Tabs } from './tabs.tsx';

const TOOLS = ['plimsoll', 'cosign'] as const;
type Tool = (typeof TOOLS)[number];

export function VerifyLines({ image }: { image: ImageDetail }) {
  const [tool, setTool] = useState<Tool>('plimsoll');
  const expected = useExpected(image.repository);
  const name = `${image.registryHost}/${image.repository}@${image.digest}`;
  const root = `${window.location.origin}/trust/trusted_root.json`;
  const tabs = TOOLS.map((value) => ({ value, title: value }));
  return (
    <>
      <Tabs label="Tool" size="small" tabs={tabs} value={tool} onChange={(value) => setTool(value as Tool)}>
        <CopyLine
          lines={[
            `curl -fsSO ${root}`,
            `${tool} verify --trusted-root trusted_root.json ${formatExpected(tool, expected)} ${name}`,
          ]}
          what="verify commands"
        />
      </Tabs>
      {expected === undefined ? (
        <p className="small quiet verify-note">
          Put in whom you expect to have signed. Fetch the root once, and keep it.
        </p>
      ) : null}
    </>
  );
}

function formatExpected(tool: Tool, expected: ExpectedSigner | undefined): string {
  if (expected === undefined) return '--certificate-identity IDENTITY --certificate-oidc-issuer ISSUER';
  const { identity, issuer, sourceRepository, isPattern } = expected;
  const end = isPattern ? '-regexp' : '';
  // cosign takes a pattern that matches anywhere.
  const quote = (text: string): string => formatWord(isPattern ? `^(?:${text})$` : text);
  // cosign asks for a source by GitHub’s names alone.
  const source =
    tool === 'cosign' || sourceRepository === undefined
      ? ''
      : ` --source-repository${isPattern ? '-pattern' : ''} ${quote(sourceRepository)}`;
  return `--certificate-identity${end} ${quote(identity)} --certificate-oidc-issuer${end} ${quote(issuer)}${source}`;
}
