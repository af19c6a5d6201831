"""Consumer groups that are over: aiokafka's admin client cannot delete them, its protocol can."""

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupIdNotFound, NonEmptyGroup, for_code
from aiokafka.protocol.admin import DeleteGroupsRequest

from libs.events.kafka import Cluster
from libs.settings import kafka_client_options

# Kafka's error codes, of which aiokafka has no names.
NON_EMPTY_GROUP = 68
GROUP_ID_NOT_FOUND = 69


async def delete_group(cluster: Cluster, group: str) -> bool:
    """Delete a consumer group with its offsets. False while it still has members: a static one
    that stopped is counted until its session has timed out.

    Raises KafkaError for anything else that the broker says.
    """
    name = cluster.settings.namespace + group
    admin = AIOKafkaAdminClient(**kafka_client_options(cluster.settings))
    await admin.start()
    try:
        coordinator = await admin.find_coordinator(name)
        response = await admin._send_request(DeleteGroupsRequest([name]), coordinator)
    finally:
        await admin.close()
    [(_, code)] = response.results
    if code == NonEmptyGroup.errno:
        return False
    if code not in (0, GroupIdNotFound.errno):
        raise for_code(code)(f"cannot delete the consumer group {name}")
    return True
