/** The content as a server gets it: as it is, or changed to what the server can take. */
import type {ContentSource} from '../../queue/agent.ts';
import type {ServerFeatures} from './server-features.ts';

export type Content = Pick<ContentSource, 'wholeIfSmall' | 'chunks'>;

export interface OutgoingContent {
  for(features: ServerFeatures): Content;
  /** postconf(5) smtp_pix_workaround_delay_time. */
  pauseBeforeDot(): Promise<void>;
}
