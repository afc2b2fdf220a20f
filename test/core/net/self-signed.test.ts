import assert from 'node:assert/strict';
import {X509Certificate} from 'node:crypto';
import {mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {ensureSelfSigned, makeSelfSigned, selfSignedFiles} from '../../../src/core/net/self-signed.ts';

const NOW = new Date('2026-11-24T12:00:00Z');

suite('the certificate an instance makes for itself', () => {
  let root = '';
  setup(() => {
    root = mkdtempSync(join(tmpdir(), 'self-signed-'));
  });
  teardown(() => {
    rmSync(root, {recursive: true});
  });

  test('names the host, is signed by its own key, and is good for ten years', () => {
    const {certificate} = makeSelfSigned('mail.example.com', NOW);
    const parsed = new X509Certificate(certificate);
    assert.equal(parsed.subject, 'CN=mail.example.com');
    assert.equal(parsed.subjectAltName, 'DNS:mail.example.com');
    assert.equal(parsed.verify(parsed.publicKey), true);
    assert.equal(new Date(parsed.validFrom).toISOString(), '2026-11-23T12:00:00.000Z');
    assert.equal(new Date(parsed.validTo).toISOString(), '2036-11-24T12:00:00.000Z');
  });

  test('has another serial number each time', () => {
    const serial = (): string => new X509Certificate(makeSelfSigned('a.example', NOW).certificate).serialNumber;
    assert.notEqual(serial(), serial());
  });

  test('a host name longer than a common name may be stands whole among the alternative names', () => {
    const long = `${'a'.repeat(60)}.${'b'.repeat(60)}.example.com`;
    assert.equal(new X509Certificate(makeSelfSigned(long, NOW).certificate).subjectAltName, `DNS:${long}`);
  });

  test('a year from 2050 on is written with four digits', () => {
    const parsed = new X509Certificate(makeSelfSigned('a.example', new Date('2045-01-01T00:00:00Z')).certificate);
    assert.equal(new Date(parsed.validTo).toISOString(), '2055-01-01T00:00:00.000Z');
  });

  test('is made once; the key is the owner’s alone', () => {
    const files = selfSignedFiles(root);
    assert.equal(ensureSelfSigned(files, 'mail.example.com', NOW), true);
    assert.equal(statSync(files.keyFile).mode & 0o777, 0o600);
    const before = readFileSync(files.certificateFile, 'latin1');
    assert.equal(ensureSelfSigned(files, 'mail.example.com', NOW), false);
    assert.equal(readFileSync(files.certificateFile, 'latin1'), before);
  });

  test('half a pair, or one that does not belong together, is made anew', () => {
    const files = selfSignedFiles(root);
    ensureSelfSigned(files, 'mail.example.com', NOW);
    writeFileSync(files.keyFile, makeSelfSigned('mail.example.com', NOW).key);
    assert.equal(ensureSelfSigned(files, 'mail.example.com', NOW), true);
    rmSync(files.keyFile);
    assert.equal(ensureSelfSigned(files, 'mail.example.com', NOW), true);
    writeFileSync(files.certificateFile, '');
    assert.equal(ensureSelfSigned(files, 'mail.example.com', NOW), true);
    assert.equal(ensureSelfSigned(files, 'mail.example.com', NOW), false);
  });
});
