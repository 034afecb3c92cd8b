export { findComposedShop, type ComposedContainer, type ComposedShop, type Confinement } from './composed-shop.js';
export type { Engine, EngineControl, FoundEngine } from './engine.js';
export { findEventStoreDb } from './eventstoredb.js';
export { findKafka } from './kafka.js';
export { kafkaFaultProxy, type KafkaFault, type KafkaFaultProxy } from './kafka-fault-proxy.js';
export { findMongoDb } from './mongodb.js';
export { freePorts, missingPrograms, startEngine, type EngineProcess } from './process.js';
