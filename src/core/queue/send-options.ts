/**
 * The bits of the size record's last field: how a message must, or need not, be sent on. Postfix 3.7 has those of SMTPUTF8
 * (RFC 6531), later versions the two of RFC 8689 besides, at the same places.
 */
export const UTF8_REQUESTED = 1;
export const UTF8_HEADER = 2;
export const UTF8_SENDER = 4;
const UTF8_RECIPIENT = 8;
/** What needs SMTPUTF8 and was asked for, or not. */
export const UTF8_ALL = UTF8_REQUESTED | UTF8_HEADER | UTF8_SENDER | UTF8_RECIPIENT;
/** Header `TLS-Required: No` (RFC 8689 section 3): TLS policies do not count for this message. */
export const TLS_NOT_REQUIRED = 16;
/** MAIL parameter REQUIRETLS (RFC 8689 section 2), which counts for more than the header. */
export const TLS_REQUIRED = 32;
