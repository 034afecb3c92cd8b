import { stringId } from './messages.js';
import type { Endpoint } from './node.js';
import { gossip } from './protocol.js';

export type Member = Endpoint & { readonly state: 'leader' | 'follower' | 'unknown'; readonly alive?: boolean };

const states = {
  leader: gossip.MemberInfo.VNodeState.LEADER,
  follower: gossip.MemberInfo.VNodeState.FOLLOWER,
  unknown: gossip.MemberInfo.VNodeState.UNKNOWN,
};

export const gossipMessage = (members: readonly Member[]) => {
  const info = new gossip.ClusterInfo();
  info.setMembersList(
    members.map(({ host, port, state, alive = true }, index) => {
      const endpoint = new gossip.EndPoint();
      endpoint.setAddress(host);
      endpoint.setPort(port);
      const member = new gossip.MemberInfo();
      member.setInstanceId(stringId(`00000000-0000-4000-8000-${String(index).padStart(12, '0')}`));
      member.setState(states[state]);
      member.setIsAlive(alive);
      member.setHttpEndPoint(endpoint);
      return member;
    }),
  );
  return info;
};
