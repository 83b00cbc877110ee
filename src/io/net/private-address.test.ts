import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createAddressCheck } from './private-address.ts';

const { isPrivate } = createAddressCheck();

test('private address: this machine, its networks and reserved ranges', () => {
  for (const address of [
    '127.0.0.1',
    '0.0.0.0',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '[::1]',
    '::',
    'fe80::1',
    'fe80::1%eth0',
    'fd00::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:0:1::1',
    '2001:db8::1',
    'ff02::1',
  ])
    assert.equal(isPrivate(address), true, address);
});

test('private address: public ones, and names, are not', () => {
  for (const address of ['1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111', 'example.org', ''])
    assert.equal(isPrivate(address), false, address);
});

test('private address: every IPv4 address mapped into IPv6 is private', () => {
  fc.assert(fc.property(fc.ipV4(), (address) => isPrivate(`::ffff:${address}`)));
});
