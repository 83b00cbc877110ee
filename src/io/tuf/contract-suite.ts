// What every place of a repository of trust must do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TufStore } from './store.ts';

export function testTufStore(kind: string, open: () => Promise<TufStore>): void {
  const text = async (store: TufStore, name: string): Promise<string | undefined> => {
    const bytes = await store.read(name);
    return bytes === undefined ? undefined : Buffer.from(bytes).toString();
  };

  test(`files of trust, ${kind}: what is written is read, replaced, listed and removed`, async () => {
    const store = await open();
    assert.deepEqual([await store.read('timestamp.json'), await store.list()], [undefined, []]);
    await store.write('timestamp.json', Buffer.from('one'));
    await store.write('timestamp.json', Buffer.from('two'));
    await store.write('targets/ab.trusted_root.json', Buffer.from('three'));
    assert.equal(await text(store, 'timestamp.json'), 'two');
    assert.equal(await text(store, 'targets/ab.trusted_root.json'), 'three');
    assert.deepEqual([...(await store.list())].sort(), ['targets/ab.trusted_root.json', 'timestamp.json']);
    await store.remove('timestamp.json');
    await store.remove('timestamp.json');
    assert.equal(await store.read('timestamp.json'), undefined);
  });

  test(`files of trust, ${kind}: what is created takes no other's place`, async () => {
    const store = await open();
    assert.deepEqual(
      await Promise.all(['a', 'b'].map((one) => store.create('1.root.json', Buffer.from(one)))).then((won) =>
        won.sort(),
      ),
      [false, true],
    );
    const first = await text(store, '1.root.json');
    assert.equal(await store.create('1.root.json', Buffer.from('c')), false);
    assert.equal(await text(store, '1.root.json'), first);
  });

  test(`files of trust, ${kind}: a name leads nowhere else`, async () => {
    const store = await open();
    for (const name of [
      '../x',
      '/etc/passwd',
      'targets/../x',
      'a/b',
      '',
      '.',
      '..',
      'targets/..',
      'x~',
      'x'.repeat(201),
      'a\0b',
    ])
      for (const attempt of [
        () => store.read(name),
        () => store.write(name, Buffer.from('x')),
        () => store.remove(name),
      ])
        await assert.rejects(attempt, { code: 'trustfiles.name_invalid' }, name);
  });
}
