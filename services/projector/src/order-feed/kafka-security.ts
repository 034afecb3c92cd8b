import type { KafkaConfig } from 'kafkajs';

export type KafkaSecurity = {
  readonly ssl?: boolean;
  readonly sasl?: { readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; readonly username: string; readonly password: string };
};

/** How the brokers are spoken to and know who speaks, as the client takes it. */
export const securityOf = ({ ssl, sasl }: KafkaSecurity): Pick<KafkaConfig, 'ssl' | 'sasl'> => ({
  ...(ssl !== undefined && { ssl }),
  ...(sasl?.mechanism === 'plain' && { sasl: { ...sasl, mechanism: 'plain' } }),
  ...(sasl?.mechanism === 'scram-sha-256' && { sasl: { ...sasl, mechanism: 'scram-sha-256' } }),
  ...(sasl?.mechanism === 'scram-sha-512' && { sasl: { ...sasl, mechanism: 'scram-sha-512' } }),
});
