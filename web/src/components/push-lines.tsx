// How to push an image here, as lines to copy.
import { useState } from 'react';
import { CopyLine } from './copy-line.tsx';
import { Tabs } from './tabs.tsx';

const CLIENTS = [
  { value: 'docker', title: 'docker' },
  { value: 'podman', title: 'podman' },
];

/** `IMAGE`, and the repository where none is given, are for the reader to replace. */
export function PushLines({
  registryHost,
  repository = 'you/app',
}: {
  registryHost: string;
  repository?: string;
}) {
  const [client, setClient] = useState('docker');
  const target = `${registryHost}/${repository}:1.0`;
  const lines = [
    `${client} login ${registryHost}`,
    `${client} tag IMAGE ${target}`,
    `${client} push ${target}`,
  ];
  return (
    <Tabs label="Client" size="small" tabs={CLIENTS} value={client} onChange={setClient}>
      <CopyLine lines={lines} what="push commands" />
    </Tabs>
  );
}
