"""What `kafka-consumer-groups.sh --reset-offsets --to-earliest --all-topics` does for an operator."""

from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.kafka.topics import TOPICS
from shared.brokers import topics_in
from tests.journeys.records import READS


async def forget_offsets(bootstrap: str, service: str) -> None:
    """All are where a group without offsets begins. Nobody may be in the group."""
    group = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=service, enable_auto_commit=False)
    await group.start()
    try:
        topics = [topic for topic in topics_in(TOPICS) if topic.name in READS[service]]
        places = [TopicPartition(topic.name, number) for topic in topics for number in range(topic.partitions)]
        group.assign(places)
        await group.commit(dict.fromkeys(places, 0))
    finally:
        await group.stop()
