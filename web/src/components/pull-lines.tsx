// How each client pulls it, as lines to copy; by tag, or pinned to the digest that is shown.
import { useState } from 'react';
import { formatWord, splitRepository } from '../format.ts';
import { CopyLine } from './copy-line.tsx';
import { Tabs } from './tabs.tsx';

const CLIENTS = ['docker', 'podman', 'crictl', 'skopeo'] as const;
type Client = (typeof CLIENTS)[number];
const TITLES: Readonly<Record<Client, string>> = {
  docker: 'docker',
  podman: 'podman',
  crictl: 'Kubernetes',
  skopeo: 'skopeo',
};

interface PullLinesProps {
  registryHost: string;
  repository: string;
  tag: string | undefined;
  digest: string;
  platform?: string | undefined;
}

export function PullLines(props: PullLinesProps) {
  const [client, setClient] = useState<Client>('docker');
  const [isPinned, setPinned] = useState(false);
  const pinned = isPinned || props.tag === undefined;
  const name = `${props.registryHost}/${props.repository}${pinned ? `@${props.digest}` : `:${props.tag}`}`;
  const tabs = CLIENTS.map((value) => ({ value, title: TITLES[value] }));
  return (
    <>
      <Tabs
        label="Client"
        size="small"
        tabs={tabs}
        value={client}
        onChange={(value) => setClient(value as Client)}
      >
        <CopyLine lines={[formatPull(client, name, props)]} what="pull command" />
      </Tabs>
      {props.tag === undefined ? null : (
        <label className="check small">
          <input type="checkbox" checked={isPinned} onChange={(event) => setPinned(event.target.checked)} />
          pinned to this digest
        </label>
      )}
    </>
  );
}

function formatPull(client: Client, name: string, { repository, tag, platform }: PullLinesProps): string {
  if (client === 'crictl') return `crictl pull ${name}`;
  if (client === 'skopeo')
    return `skopeo copy docker://${name} oci:${splitRepository(repository).name}:${tag ?? 'pulled'}`;
  return `${client} pull ${platform ? `--platform ${formatWord(platform)} ` : ''}${name}`;
}
