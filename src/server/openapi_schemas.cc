#include "server/openapi_schemas.h"

namespace gregale::server {
namespace {

// An answer may be cut down to the `fields` asked for: so no property is required, but none is
// unknown either.
constexpr const char kSchemas[] = R"({
"Error": {
  "type": "object", "required": ["TackerError"],
  "properties": {
    "TackerError": {
      "type": "object", "required": ["type", "message", "detail"],
      "properties": {
        "type": {
          "type": "string",
          "description": "The kind of the error, by which programs tell errors apart"
        },
        "message": {"type": "string", "description": "What is wrong, for people"},
        "detail": {"type": "string"}
      }
    }
  }
},
"MistralError": {
  "type": "object", "required": ["faultstring"],
  "properties": {
    "faultcode": {"type": "string", "enum": ["Client", "Server"]},
    "faultstring": {"type": "string", "description": "What is wrong, for people"},
    "debuginfo": {"nullable": true}
  }
},
"Status": {
  "type": "object", "required": ["status"], "properties": {"status": {"type": "string"}}
},
"Document": {"type": "object"},
"Versions": {
  "type": "object", "required": ["versions"],
  "properties": {
    "versions": {
      "type": "array",
      "items": {
        "type": "object", "required": ["id", "status", "links"],
        "properties": {
          "id": {"type": "string"}, "status": {"type": "string"},
          "links": {"$ref": "#/components/schemas/Links"}
        }
      }
    }
  }
},
"Links": {
  "type": "array",
  "items": {
    "type": "object", "required": ["rel", "href"],
    "properties": {
      "rel": {"type": "string", "enum": ["self", "next", "previous"]}, "href": {"type": "string"}
    }
  }
},
"Extension": {
  "type": "object", "additionalProperties": false,
  "properties": {
    "alias": {"type": "string"}, "name": {"type": "string"}, "description": {"type": "string"},
    "namespace": {"type": "string"}, "updated": {"type": "string"},
    "links": {"type": "array", "items": {}}
  }
},
"Time": {
  "type": "string", "nullable": true, "description": "YYYY-MM-DD HH:MM:SS in UTC; null: never"
},
"Vim": {
  "type": "object", "additionalProperties": false,
  "properties": {
    "id": {"type": "string", "format": "uuid"}, "tenant_id": {"type": "string"},
    "type": {"type": "string", "enum": ["openstack", "kubernetes", "local"]},
    "name": {"type": "string"}, "description": {"type": "string"},
    "auth_url": {"type": "string"},
    "auth_cred": {"type": "object", "description": "Secrets are shown as ***"},
    "vim_project": {"type": "object"},
    "placement_attr": {
      "type": "object",
      "properties": {
        "regions": {"type": "array", "items": {}},
        "affinity": {
          "type": "object", "additionalProperties": {"type": "string"},
          "description": "Labels of the executors that should rather monitor the VIM's VNFs"
        }
      }
    },
    "is_default": {"type": "boolean", "description": "VNFs that name no VIM go here"},
    "status": {"type": "string", "enum": ["PENDING", "REACHABLE", "UNREACHABLE", "ERROR"]},
    "created_at": {"$ref": "#/components/schemas/Time"},
    "updated_at": {"$ref": "#/components/schemas/Time"}
  }
},
"Vnfd": {
  "type": "object", "additionalProperties": false,
  "properties": {
    "id": {"type": "string", "format": "uuid"}, "tenant_id": {"type": "string"},
    "name": {"type": "string"}, "description": {"type": "string"},
    "service_types": {"type": "array", "items": {"type": "string"}},
    "attributes": {
      "type": "object",
      "properties": {"vnfd": {"type": "string", "description": "The template, as YAML text"}}
    },
    "template_source": {"type": "string", "enum": ["onboarded", "inline"]},
    "created_at": {"$ref": "#/components/schemas/Time"},
    "updated_at": {"$ref": "#/components/schemas/Time"}
  }
},
"Vnf": {
  "type": "object", "additionalProperties": false,
  "properties": {
    "id": {"type": "string", "format": "uuid"}, "tenant_id": {"type": "string"},
    "vnfd_id": {"type": "string"}, "vim_id": {"type": "string"}, "name": {"type": "string"},
    "description": {"type": "string", "description": "The descriptor's"},
    "instance_id": {
      "type": "string", "nullable": true, "description": "The VIM's id of the deployment"
    },
    "mgmt_ip_address": {
      "type": "string", "nullable": true,
      "description": "JSON text {\"VDU1\": \"198.18.0.3\"}; null before ACTIVE"
    },
    "attributes": {"type": "object", "additionalProperties": {"type": "string"}},
    "placement_attr": {"type": "object"},
    "status": {
      "type": "string",
      "enum": [
        "PENDING_CREATE", "ACTIVE", "PENDING_UPDATE", "PENDING_SCALE_OUT", "PENDING_SCALE_IN",
        "PENDING_HEAL", "PENDING_DELETE", "DEAD", "ERROR"
      ]
    },
    "error_reason": {"type": "string", "nullable": true},
    "mistral_action_id": {
      "type": "string", "nullable": true, "description": "The action id of its current monitor"
    },
    "created_at": {"$ref": "#/components/schemas/Time"},
    "updated_at": {"$ref": "#/components/schemas/Time"}
  }
},
"Resource": {
  "type": "object", "additionalProperties": false,
  "properties": {
    "name": {"type": "string"}, "type": {"type": "string"}, "id": {"type": "string"}
  }
},
"Event": {
  "type": "object", "additionalProperties": false,
  "properties": {
    "id": {"type": "integer"}, "resource_id": {"type": "string"},
    "resource_type": {"type": "string"}, "resource_state": {"type": "string"},
    "timestamp": {"$ref": "#/components/schemas/Time"}, "event_type": {"type": "string"},
    "event_details": {"type": "string"}
  }
},
"Extensions": {
  "type": "object",
  "properties": {
    "extensions": {"type": "array", "items": {"$ref": "#/components/schemas/Extension"}}
  }
},
"Resources": {
  "type": "object",
  "properties": {
    "resources": {"type": "array", "items": {"$ref": "#/components/schemas/Resource"}}
  }
},
"Vims": {
  "type": "object", "required": ["vims"],
  "properties": {
    "vims": {"type": "array", "items": {"$ref": "#/components/schemas/Vim"}},
    "vims_links": {"$ref": "#/components/schemas/Links"}
  }
},
"Vnfds": {
  "type": "object", "required": ["vnfds"],
  "properties": {
    "vnfds": {"type": "array", "items": {"$ref": "#/components/schemas/Vnfd"}},
    "vnfds_links": {"$ref": "#/components/schemas/Links"}
  }
},
"Vnfs": {
  "type": "object", "required": ["vnfs"],
  "properties": {
    "vnfs": {"type": "array", "items": {"$ref": "#/components/schemas/Vnf"}},
    "vnfs_links": {"$ref": "#/components/schemas/Links"}
  }
},
"Events": {
  "type": "object", "required": ["events"],
  "properties": {
    "events": {"type": "array", "items": {"$ref": "#/components/schemas/Event"}},
    "events_links": {"$ref": "#/components/schemas/Links"}
  }
},
"ExtensionAnswer": {
  "type": "object", "required": ["extension"],
  "properties": {"extension": {"$ref": "#/components/schemas/Extension"}}
},
"VimAnswer": {
  "type": "object", "required": ["vim"],
  "properties": {"vim": {"$ref": "#/components/schemas/Vim"}}
},
"VnfdAnswer": {
  "type": "object", "required": ["vnfd"],
  "properties": {"vnfd": {"$ref": "#/components/schemas/Vnfd"}}
},
"VnfAnswer": {
  "type": "object", "required": ["vnf"],
  "properties": {"vnf": {"$ref": "#/components/schemas/Vnf"}}
},
"EventAnswer": {
  "type": "object", "required": ["event"],
  "properties": {"event": {"$ref": "#/components/schemas/Event"}}
},
"VnfDeletion": {
  "type": "object",
  "properties": {
    "vnf": {
      "type": "object",
      "properties": {
        "attributes": {
          "type": "object",
          "properties": {
            "force": {
              "type": "boolean", "description": "Even from a state that forbids it; for admins"
            }
          }
        }
      }
    }
  }
},
"AodhAlarm": {
  "type": "object", "required": ["alarm_id", "current"],
  "properties": {
    "alarm_id": {"type": "string", "minLength": 1, "maxLength": 255},
    "current": {"type": "string", "enum": ["alarm", "ok", "insufficient data"]}
  }
},
"AlertmanagerWebhook": {
  "type": "object", "required": ["alerts"],
  "properties": {
    "alerts": {
      "type": "array", "minItems": 1, "maxItems": 100,
      "items": {
        "type": "object", "required": ["status", "fingerprint"],
        "properties": {
          "status": {"type": "string", "enum": ["firing", "resolved"]},
          "fingerprint": {"type": "string", "minLength": 1, "maxLength": 200},
          "startsAt": {"type": "string", "maxLength": 50}
        }
      }
    }
  }
},
"Alarm": {
  "anyOf": [
    {"$ref": "#/components/schemas/AodhAlarm"},
    {"$ref": "#/components/schemas/AlertmanagerWebhook"}
  ]
},
"TriggerAnswer": {
  "type": "object", "required": ["trigger"],
  "properties": {
    "trigger": {
      "type": "object", "required": ["policy_name", "action_name", "params", "outcome"],
      "additionalProperties": false,
      "properties": {
        "policy_name": {"type": "string"}, "action_name": {"type": "string"},
        "params": {"type": "object"},
        "outcome": {
          "type": "string",
          "enum": ["accepted", "repeated", "nothing to do"]
        }
      }
    }
  }
},
"Action": {
  "type": "object", "description": "One of these",
  "properties": {
    "scale": {
      "type": "object", "required": ["type", "policy"],
      "properties": {
        "type": {"type": "string", "enum": ["out", "in"]}, "policy": {"type": "string"}
      }
    },
    "heal": {
      "type": "object", "description": "The VDU's instances, or one of them; nothing: all",
      "properties": {
        "vdu": {"type": "string"}, "instance": {"type": "integer", "minimum": 0},
        "cause": {"type": "string"}
      }
    },
    "pause": {"type": "object"}, "resume": {"type": "object"}, "retry": {"type": "object"}
  }
},
"ActionAnswer": {"type": "object"},
"Login": {
  "type": "object", "required": ["auth"],
  "properties": {
    "auth": {
      "type": "object", "required": ["identity"],
      "properties": {"identity": {"type": "object"}, "scope": {"type": "object"}}
    }
  }
},
"KeystoneError": {
  "type": "object", "required": ["error"],
  "properties": {
    "error": {
      "type": "object",
      "properties": {
        "code": {"type": "integer"}, "message": {"type": "string"}, "title": {"type": "string"}
      }
    }
  }
}
})";

}  // namespace

base::Json OpenApiSchemas() { return base::Json::parse(kSchemas); }

}  // namespace gregale::server
