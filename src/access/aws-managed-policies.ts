// AWS's own managed policies, as far as functions and what surrounds them use them. Each grants its actions on every resource.
// AWS: documents are shorter than the real ones (no conditions, no single resources), and policies that are not listed here do not exist.
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html

export interface AwsManagedPolicy {
  readonly name: string;
  /** "/", "/service-role/" or "/job-function/". */
  readonly path: string;
  readonly arn: string;
  /** JSON. */
  readonly document: string;
}

const LOGS = "logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents";
const ENI =
  "ec2:CreateNetworkInterface ec2:DescribeNetworkInterfaces ec2:DescribeSubnets ec2:DeleteNetworkInterface ec2:AssignPrivateIpAddresses ec2:UnassignPrivateIpAddresses";
const STREAM_READS =
  "kinesis:DescribeStream kinesis:DescribeStreamSummary kinesis:GetRecords kinesis:GetShardIterator kinesis:ListShards kinesis:ListStreams kinesis:SubscribeToShard";
const XRAY_WRITES =
  "xray:PutTraceSegments xray:PutTelemetryRecords xray:GetSamplingRules xray:GetSamplingTargets xray:GetSamplingStatisticSummaries";
const ECR_READS =
  "ecr:GetAuthorizationToken ecr:BatchCheckLayerAvailability ecr:GetDownloadUrlForLayer ecr:GetRepositoryPolicy ecr:DescribeRepositories ecr:ListImages ecr:DescribeImages ecr:BatchGetImage";

/** Path and name → actions, separated by blanks. */
const GRANTS: Readonly<Record<string, string>> = {
  "/AdministratorAccess": "*",
  "/ReadOnlyAccess": readsOf(
    "apigateway athena cloudformation cloudfront cloudwatch cognito-idp dynamodb ec2 ecr ecs elasticache events firehose iam kinesis kms lambda logs rds route53 s3 scheduler secretsmanager sns sqs ssm states sts xray",
  ),
  "/job-function/ViewOnlyAccess": readsOf(
    "apigateway cloudformation cloudwatch dynamodb ec2 events iam kinesis lambda logs s3 sns sqs states",
  ),
  "/SecurityAudit": readsOf(
    "apigateway cloudformation cloudwatch dynamodb ec2 events iam kms lambda logs s3 secretsmanager sns sqs ssm states",
  ),
  "/IAMFullAccess": "iam:* organizations:DescribeAccount organizations:ListRoots",
  "/IAMReadOnlyAccess": readsOf("iam"),

  "/service-role/AWSLambdaBasicExecutionRole": LOGS,
  "/service-role/AWSLambdaBasicDurableExecutionRolePolicy": `${LOGS} lambda:CheckpointDurableExecution lambda:GetDurableExecutionState`,
  "/service-role/AWSLambdaVPCAccessExecutionRole": `${LOGS} ${ENI}`,
  "/service-role/AWSLambdaENIManagementAccess": ENI,
  "/service-role/AWSLambdaSQSQueueExecutionRole": `sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes ${LOGS}`,
  "/service-role/AWSLambdaDynamoDBExecutionRole": `dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:ListStreams ${LOGS}`,
  "/service-role/AWSLambdaKinesisExecutionRole": `${STREAM_READS} ${LOGS}`,
  "/service-role/AWSLambdaMSKExecutionRole": `kafka:DescribeCluster kafka:DescribeClusterV2 kafka:GetBootstrapBrokers ec2:DescribeVpcs ec2:DescribeSecurityGroups ${ENI} ${LOGS}`,
  "/service-role/AWSLambdaRole": "lambda:InvokeFunction",
  "/AWSLambdaExecute": "logs:* s3:GetObject s3:PutObject",
  "/AWSLambdaInvocation-DynamoDB":
    "lambda:InvokeFunction dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:ListStreams",
  "/AWSLambda_FullAccess":
    "cloudformation:DescribeStacks cloudformation:ListStackResources cloudwatch:ListMetrics cloudwatch:GetMetricData ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcs kms:ListAliases iam:GetPolicy iam:GetPolicyVersion iam:GetRole iam:GetRolePolicy iam:ListAttachedRolePolicies iam:ListRolePolicies iam:ListRoles iam:PassRole lambda:* logs:DescribeLogGroups states:DescribeStateMachine states:ListStateMachines tag:GetResources xray:GetTraceSummaries xray:BatchGetTraces",
  "/AWSLambda_ReadOnlyAccess": `${readsOf("lambda")} cloudwatch:GetMetricData cloudwatch:ListMetrics iam:GetRole iam:ListRoles logs:DescribeLogGroups xray:GetTraceSummaries xray:BatchGetTraces`,
  "/CloudWatchLambdaInsightsExecutionRolePolicy": LOGS,
  "/CloudWatchLambdaApplicationSignalsExecutionRolePolicy": `${LOGS} ${XRAY_WRITES}`,
  "/service-role/AWSCodeDeployRoleForLambda":
    "cloudwatch:DescribeAlarms lambda:UpdateAlias lambda:GetAlias lambda:GetProvisionedConcurrencyConfig sns:Publish s3:GetObject s3:GetObjectVersion lambda:InvokeFunction",
  "/service-role/AWSCodeDeployRoleForLambdaLimited":
    "cloudwatch:DescribeAlarms lambda:UpdateAlias lambda:GetAlias lambda:GetProvisionedConcurrencyConfig s3:GetObject s3:GetObjectVersion lambda:InvokeFunction",

  "/AmazonS3FullAccess": "s3:* s3-object-lambda:*",
  "/AmazonS3ReadOnlyAccess": `${readsOf("s3")} s3-object-lambda:Get* s3-object-lambda:List*`,
  "/service-role/AmazonS3ObjectLambdaExecutionRolePolicy": `s3-object-lambda:WriteGetObjectResponse ${LOGS}`,
  "/AmazonSQSFullAccess": "sqs:*",
  "/AmazonSQSReadOnlyAccess":
    "sqs:GetQueueAttributes sqs:GetQueueUrl sqs:ListDeadLetterSourceQueues sqs:ListQueues sqs:ListMessageMoveTasks sqs:ListQueueTags",
  "/AmazonSNSFullAccess": "sns:*",
  "/AmazonSNSReadOnlyAccess": readsOf("sns"),
  "/service-role/AmazonSNSRole": "logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents logs:PutMetricFilter logs:PutRetentionPolicy",
  "/AmazonDynamoDBFullAccess":
    "dynamodb:* dax:* application-autoscaling:* cloudwatch:* iam:GetRole iam:ListRoles kms:DescribeKey kms:ListAliases sns:* lambda:* tag:GetResources",
  "/AmazonDynamoDBFullAccess_v2":
    "dynamodb:* dax:* application-autoscaling:* cloudwatch:* kms:DescribeKey kms:ListAliases tag:GetResources",
  "/AmazonDynamoDBReadOnlyAccess": `dynamodb:BatchGetItem dynamodb:Query dynamodb:Scan dynamodb:PartiQLSelect dynamodb:ConditionCheckItem ${readsOf("dynamodb")}`,
  "/CloudWatchFullAccess": "autoscaling:Describe* cloudwatch:* logs:* sns:* iam:GetPolicy iam:GetPolicyVersion iam:GetRole oam:ListSinks",
  "/CloudWatchFullAccessV2":
    "autoscaling:Describe* cloudwatch:* logs:* sns:* iam:GetPolicy iam:GetPolicyVersion iam:GetRole oam:ListSinks rum:* synthetics:* xray:*",
  "/CloudWatchReadOnlyAccess": `${readsOf("cloudwatch logs sns xray")} logs:StartQuery logs:StopQuery logs:TestMetricFilter logs:FilterLogEvents logs:StartLiveTail`,
  "/CloudWatchLogsFullAccess": "logs:* cloudwatch:GenerateQuery",
  "/CloudWatchLogsReadOnlyAccess": `${readsOf("logs")} logs:StartQuery logs:StopQuery logs:TestMetricFilter logs:FilterLogEvents logs:StartLiveTail logs:StopLiveTail cloudwatch:GenerateQuery`,
  "/CloudWatchEventsFullAccess": "events:* iam:PassRole",
  "/CloudWatchEventsReadOnlyAccess": readsOf("events"),
  "/CloudWatchAgentServerPolicy": `cloudwatch:PutMetricData ec2:DescribeVolumes ec2:DescribeTags logs:PutRetentionPolicy logs:DescribeLogStreams logs:DescribeLogGroups ssm:GetParameter ${LOGS} ${XRAY_WRITES}`,
  "/AWSXRayDaemonWriteAccess": XRAY_WRITES,
  "/AWSXrayWriteOnlyAccess": XRAY_WRITES,
  "/AWSXrayReadOnlyAccess": readsOf("xray"),
  "/AWSXrayFullAccess": "xray:*",

  "/AmazonEventBridgeFullAccess": "events:* schemas:* scheduler:* pipes:* iam:PassRole",
  "/AmazonEventBridgeReadOnlyAccess": readsOf("events schemas scheduler pipes"),
  "/AmazonEventBridgeSchedulerFullAccess": "scheduler:* iam:PassRole",
  "/AmazonEventBridgeSchedulerReadOnlyAccess": readsOf("scheduler"),
  "/AWSStepFunctionsFullAccess": "states:*",
  "/AWSStepFunctionsConsoleFullAccess": "states:* iam:ListRoles iam:PassRole lambda:ListFunctions",
  "/AWSStepFunctionsReadOnlyAccess": readsOf("states"),
  "/AmazonAPIGatewayAdministrator": "apigateway:*",
  "/AmazonAPIGatewayInvokeFullAccess": "execute-api:Invoke execute-api:ManageConnections",
  "/service-role/AmazonAPIGatewayPushToCloudWatchLogs": `${LOGS} logs:DescribeLogGroups logs:DescribeLogStreams logs:GetLogEvents logs:FilterLogEvents`,
  "/AWSAppSyncAdministrator": "appsync:* iam:PassRole",
  "/AWSAppSyncInvokeFullAccess": "appsync:GraphQL appsync:GetGraphqlApi appsync:ListGraphqlApis appsync:ListApiKeys",
  "/service-role/AWSAppSyncPushToCloudWatchLogs": LOGS,
  "/AWSCloudFormationFullAccess": "cloudformation:*",
  "/AWSCloudFormationReadOnlyAccess": readsOf("cloudformation"),
  "/SecretsManagerReadWrite":
    "secretsmanager:* cloudformation:CreateChangeSet cloudformation:DescribeChangeSet cloudformation:DescribeStackResource cloudformation:DescribeStacks cloudformation:ExecuteChangeSet kms:DescribeKey kms:ListAliases kms:ListKeys lambda:ListFunctions rds:DescribeDBClusters rds:DescribeDBInstances tag:GetResources",
  "/AmazonSSMFullAccess":
    "cloudwatch:PutMetricData ds:CreateComputer ds:DescribeDirectories ec2:DescribeInstanceStatus logs:* ssm:* ec2messages:*",
  "/AmazonSSMReadOnlyAccess": readsOf("ssm"),
  "/AmazonSSMManagedInstanceCore":
    "ssm:DescribeAssociation ssm:GetParameter ssm:GetParameters ssm:UpdateInstanceInformation ssmmessages:* ec2messages:*",
  "/AWSKeyManagementServicePowerUser":
    "kms:CreateAlias kms:CreateKey kms:DeleteAlias kms:Describe* kms:GenerateRandom kms:Get* kms:List* kms:TagResource kms:UntagResource iam:ListGroups iam:ListRoles iam:ListUsers",

  "/AmazonKinesisFullAccess": "kinesis:*",
  "/AmazonKinesisReadOnlyAccess": readsOf("kinesis"),
  "/AmazonKinesisFirehoseFullAccess": "firehose:*",
  "/AmazonKinesisFirehoseReadOnlyAccess": readsOf("firehose"),
  "/AmazonMSKFullAccess": "kafka:* ec2:DescribeSubnets ec2:DescribeVpcs ec2:DescribeSecurityGroups",
  "/AmazonMSKReadOnlyAccess": readsOf("kafka"),
  "/AmazonSESFullAccess": "ses:*",
  "/AmazonSESReadOnlyAccess": readsOf("ses"),
  "/AmazonRDSFullAccess": "rds:* cloudwatch:* ec2:Describe* sns:* logs:Describe* logs:GetLogEvents",
  "/AmazonRDSReadOnlyAccess": readsOf("rds"),
  "/AmazonRDSDataFullAccess": "rds-data:* secretsmanager:GetSecretValue secretsmanager:ListSecrets",
  "/AmazonElastiCacheFullAccess": "elasticache:*",
  "/AmazonElastiCacheReadOnlyAccess": readsOf("elasticache"),
  "/AmazonElasticFileSystemFullAccess": "elasticfilesystem:*",
  "/AmazonElasticFileSystemClientFullAccess":
    "elasticfilesystem:ClientMount elasticfilesystem:ClientRootAccess elasticfilesystem:ClientWrite elasticfilesystem:DescribeMountTargets",
  "/AmazonOpenSearchServiceFullAccess": "es:*",
  "/AmazonAthenaFullAccess": "athena:* glue:* s3:GetBucketLocation s3:GetObject s3:ListBucket s3:PutObject",
  "/service-role/AWSGlueServiceRole":
    "glue:* s3:GetBucketLocation s3:ListBucket s3:ListAllMyBuckets s3:GetBucketAcl iam:ListRolePolicies iam:GetRole iam:GetRolePolicy cloudwatch:PutMetricData",
  "/AmazonCognitoPowerUser": "cognito-identity:* cognito-idp:* cognito-sync:* iam:ListRoles iam:ListOpenIdConnectProviders",
  "/AmazonCognitoReadOnly": readsOf("cognito-identity cognito-idp cognito-sync"),
  "/AmazonBedrockFullAccess": "bedrock:*",
  "/AmazonRekognitionFullAccess": "rekognition:*",
  "/AmazonTextractFullAccess": "textract:*",
  "/AmazonPollyFullAccess": "polly:*",
  "/ComprehendFullAccess": "comprehend:*",
  "/TranslateFullAccess": "translate:*",
  "/AmazonEC2FullAccess": "ec2:* elasticloadbalancing:* cloudwatch:* autoscaling:*",
  "/AmazonEC2ReadOnlyAccess": readsOf("ec2 elasticloadbalancing autoscaling"),
  "/AmazonVPCFullAccess": "ec2:*",
  "/AmazonEC2ContainerRegistryFullAccess": "ecr:*",
  "/AmazonEC2ContainerRegistryPowerUser": `${ECR_READS} ecr:InitiateLayerUpload ecr:UploadLayerPart ecr:CompleteLayerUpload ecr:PutImage`,
  "/AmazonEC2ContainerRegistryReadOnly": ECR_READS,
  "/AmazonECS_FullAccess": "ecs:* ec2:Describe* elasticloadbalancing:* iam:PassRole logs:*",
  "/service-role/AmazonECSTaskExecutionRolePolicy": `${ECR_READS} logs:CreateLogStream logs:PutLogEvents`,
  "/CloudFrontFullAccess": "cloudfront:* s3:ListAllMyBuckets acm:ListCertificates",
  "/AmazonRoute53FullAccess": "route53:* route53domains:*",
  "/AWSCertificateManagerFullAccess": "acm:*",
};

const POWER_USER = [
  { Effect: "Allow", NotAction: ["iam:*", "organizations:*", "account:*"], Resource: "*" },
  {
    Effect: "Allow",
    Action: [
      "account:GetAccountInformation",
      "account:ListRegions",
      "iam:CreateServiceLinkedRole",
      "iam:DeleteServiceLinkedRole",
      "iam:ListRoles",
      "organizations:DescribeOrganization",
    ],
    Resource: "*",
  },
];

/** By ARN. */
export const awsManagedPolicies: ReadonlyMap<string, AwsManagedPolicy> = new Map(
  [...Object.entries(GRANTS).map(([place, actions]) => granting(place, actions)), policy("/PowerUserAccess", POWER_USER)].map((each) => [
    each.arn,
    each,
  ]),
);

function granting(place: string, actions: string): AwsManagedPolicy {
  const list = actions.split(" ");
  return policy(place, [{ Effect: "Allow", Action: list.length === 1 ? list[0] : list, Resource: "*" }]);
}

function policy(place: string, statements: readonly object[]): AwsManagedPolicy {
  const name = place.slice(place.lastIndexOf("/") + 1);
  const document = JSON.stringify({ Version: "2012-10-17", Statement: statements });
  return { name, path: place.slice(0, -name.length), arn: `arn:aws:iam::aws:policy${place}`, document };
}

function readsOf(services: string): string {
  return services
    .split(" ")
    .flatMap((service) => ["Describe*", "Get*", "List*"].map((action) => `${service}:${action}`))
    .join(" ");
}
