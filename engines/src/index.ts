export type { Engine, EngineControl, FoundEngine } from './engine.js';
export { findKafka } from './kafka.js';
export { kafkaFaultProxy, type KafkaFault, type KafkaFaultProxy } from './kafka-fault-proxy.js';
export { findMongoDb } from './mongodb.js';
