"""The message that protoc would make of: message Cellar { string name = 1; repeated double alcohol = 2; }"""

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_FIELD = descriptor_pb2.FieldDescriptorProto
_FILE = descriptor_pb2.FileDescriptorProto(name="cellar.proto", package="cellar", syntax="proto3")
_MESSAGE = _FILE.message_type.add(name="Cellar")
_MESSAGE.field.add(name="name", number=1, type=_FIELD.TYPE_STRING, label=_FIELD.LABEL_OPTIONAL)
_MESSAGE.field.add(name="alcohol", number=2, type=_FIELD.TYPE_DOUBLE, label=_FIELD.LABEL_REPEATED)
_POOL = descriptor_pool.DescriptorPool()
_POOL.Add(_FILE)

Cellar = message_factory.GetMessageClass(_POOL.FindMessageTypeByName("cellar.Cellar"))
