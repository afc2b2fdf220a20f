/** What cleanup asks its parameters, evaluated once per configuration. */
import type {Config} from '../config/config.ts';

export interface CleanupSettings {
  readonly hostName: string;
  readonly lineLimit: number;
  readonly headerLimit: number;
  readonly headerTokenLimit: number;
  readonly bodyCheckLimit: number;
  readonly hopLimit: number;
  /** Bytes of the queue file; 0: no limit. */
  readonly sizeLimit: number;
  readonly duplicateLimit: number;
  /** With more, the queue manager reads the file in any case. */
  readonly recipientsInMemory: number;
  readonly keepsOriginal: boolean;
  readonly alwaysBcc: string;
  readonly alwaysAddsHeaders: boolean;
  /** Lower-case names of header fields that are taken out. */
  readonly dropsHeaders: ReadonlySet<string>;
  readonly undisclosedHeader: string;
  readonly delayWarningSeconds: number;
  /** Header addresses of `remote` mail are rewritten only when there is a domain for them. */
  readonly rewritesRemote: boolean;
  readonly fromFormat: 'standard' | 'obsolete';
  readonly replacesStrayReturns: boolean;
  /** Bytes to refuse and to take out; undefined when there are none. */
  readonly rejectsBytes: Uint8Array | undefined;
  readonly stripsBytes: Uint8Array | undefined;
  readonly scansMime: boolean;
  readonly nestingLimit: number;
  readonly boundaryLimit: number;
  readonly detectsEncodingHeader: boolean;
  readonly isUtf8Enabled: boolean;
  readonly verpDelimiters: string;
  /** Of the header `TLS-Required: No` (RFC 8689 section 3). */
  readonly heedsTlsRequired: boolean;
}

export function cleanupSettings(config: Config): CleanupSettings {
  return {
    hostName: config.get('myhostname'),
    lineLimit: config.get('line_length_limit'),
    headerLimit: config.get('header_size_limit'),
    headerTokenLimit: config.get('header_address_token_limit'),
    bodyCheckLimit: config.get('body_checks_size_limit'),
    hopLimit: config.get('hopcount_limit'),
    sizeLimit: config.get('message_size_limit'),
    recipientsInMemory: config.get('qmgr_message_recipient_limit'),
    duplicateLimit: config.get('duplicate_filter_limit'),
    keepsOriginal: config.get('enable_original_recipient'),
    alwaysBcc: config.get('always_bcc'),
    alwaysAddsHeaders: config.get('always_add_missing_headers'),
    dropsHeaders: new Set(config.list('message_drop_headers').map(name => name.toLowerCase())),
    undisclosedHeader: config.get('undisclosed_recipients_header'),
    delayWarningSeconds: config.get('delay_warning_time'),
    rewritesRemote: config.get('remote_header_rewrite_domain') !== '',
    fromFormat: config.get('header_from_format') === 'obsolete' ? 'obsolete' : 'standard',
    replacesStrayReturns: config.get('cleanup_replace_stray_cr_lf'),
    rejectsBytes: byteSet(config.get('message_reject_characters')),
    stripsBytes: byteSet(config.get('message_strip_characters')),
    scansMime: !config.get('disable_mime_input_processing'),
    nestingLimit: config.get('mime_nesting_limit'),
    boundaryLimit: config.get('mime_boundary_length_limit'),
    detectsEncodingHeader: config.get('detect_8bit_encoding_header'),
    isUtf8Enabled: config.get('smtputf8_enable'),
    verpDelimiters: config.get('verp_delimiter_filter'),
    heedsTlsRequired: config.get('tls_required_enable'),
  };
}

/** A table of 256 flags from text with C escapes (`\0`, `\n`, `\177`). */
function byteSet(text: string): Uint8Array | undefined {
  if (text === '') return undefined;
  const flags = new Uint8Array(256);
  const escapes = /\\([0-7]{1,3}|[\s\S]?)|[\s\S]/g;
  for (const [whole, escape] of text.matchAll(escapes)) flags[escapedByte(whole, escape)] = 1;
  return flags;
}

function escapedByte(whole: string, escape: string | undefined): number {
  if (escape === undefined) return whole.charCodeAt(0);
  if (/^[0-7]/.test(escape)) return parseInt(escape, 8) & 0xff;
  const control = 'abfnrtv'.indexOf(escape);
  if (escape === '' || control < 0) return (escape === '' ? '\\' : escape).charCodeAt(0);
  return '\x07\b\f\n\r\t\v'.charCodeAt(control);
}
